/// The script of the report: sorting tables and brushing the timeline. The page is whole without it.
enum HTMLScript {
    static let javascript = #"""
        "use strict";
        (function () {
          function cellKey(row, index) {
            var cell = row.cells[index];
            if (!cell || cell.classList.contains("a")) { return null; }
            if (cell.dataset.v !== undefined) { return Number(cell.dataset.v); }
            if (cell.dataset.s !== undefined) { return cell.dataset.s; }
            return cell.textContent.trim();
          }
          function compare(a, b) {
            if (typeof a === "number" && typeof b === "number") { return a - b; }
            if (typeof a === "number") { return -1; }
            if (typeof b === "number") { return 1; }
            return a < b ? -1 : a > b ? 1 : 0;
          }
          document.querySelectorAll("table.sortable").forEach(function (table) {
            var headers = Array.from(table.tHead.rows[0].cells);
            headers.forEach(function (header, index) {
              var button = header.querySelector("button");
              if (!button) { return; }
              button.addEventListener("click", function () {
                var numeric = header.classList.contains("n");
                var now = header.getAttribute("aria-sort");
                var next = now === "ascending" ? "descending" : now === "descending" ? "ascending"
                  : numeric ? "descending" : "ascending";
                headers.forEach(function (other) { other.removeAttribute("aria-sort"); });
                header.setAttribute("aria-sort", next);
                var body = table.tBodies[0];
                var rows = Array.from(body.rows).map(function (row, place) {
                  return { row: row, key: cellKey(row, index), place: place };
                });
                var sign = next === "ascending" ? 1 : -1;
                // What says nothing stands last, whichever way.
                rows.sort(function (a, b) {
                  if (a.key === null || b.key === null) {
                    return (a.key === null) - (b.key === null) || a.place - b.place;
                  }
                  return sign * compare(a.key, b.key) || a.place - b.place;
                });
                rows.forEach(function (entry) { body.appendChild(entry.row); });
              });
            });
          });

          // A box that scrolls ends between two rows and says that there are more, at any width.
          function fit() {
            document.querySelectorAll(".more").forEach(function (one) { one.remove(); });
            document.querySelectorAll(".scroll").forEach(function (box) {
              box.style.maxHeight = "";
              if (!box.clientHeight || box.scrollHeight <= box.clientHeight + 1) { return; }
              var top = box.getBoundingClientRect().top + box.clientTop, limit = box.clientHeight, shown = 0, end = 0;
              var rows = Array.from(box.querySelectorAll("tbody tr"));
              rows.forEach(function (row) {
                var bottom = row.getBoundingClientRect().bottom - top + box.scrollTop;
                if (bottom <= limit) { shown += 1; end = bottom; }
              });
              if (!shown || shown === rows.length) { return; }
              box.style.maxHeight = Math.ceil(end + box.offsetHeight - box.clientHeight) + "px";
              var more = document.createElement("p");
              more.className = "faint more";
              more.textContent = rows.length + " rows: scroll the table for the rest.";
              box.after(more);
            });
          }
          fit();
          window.addEventListener("resize", fit);
          document.addEventListener("toggle", fit, true);

          // Paper unfolds nothing: what is closed opens while it is printed.
          var closed = [];
          window.addEventListener("beforeprint", function () {
            closed = Array.from(document.querySelectorAll("details:not([open])"));
            closed.forEach(function (one) { one.open = true; });
          });
          window.addEventListener("afterprint", function () {
            closed.forEach(function (one) { one.open = false; });
            closed = [];
          });

          var timeline = document.getElementById("timeline");
          var source = document.getElementById("timeline-data");
          if (!timeline || !source) { return; }
          var data = JSON.parse(source.textContent);
          var count = data.series.length ? data.series[0].values.length : 0;
          if (!count) { return; }
          var brush = timeline.querySelector(".brush");
          var output = document.getElementById("selection");
          var range = null;
          function clock(index) {
            return new Date(data.start + index * data.step).toISOString().replace("T", " ").replace(/:\d\d\.\d+Z$/, "Z");
          }
          function grouped(value) { return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ","); }
          function amount(value, isBytes) {
            if (!isBytes) { return grouped(value); }
            var units = ["B", "kB", "MB", "GB", "TB", "PB"], unit = 0;
            while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
            return (unit ? value.toFixed(1) : value) + " " + units[unit];
          }
          function show() {
            if (!range) { brush.hidden = true; output.textContent = ""; return; }
            brush.hidden = false;
            brush.style.left = (100 * range[0] / count) + "%";
            brush.style.width = (100 * (range[1] - range[0]) / count) + "%";
            var minutes = (range[1] - range[0]) * data.step / 60000;
            var parts = data.series.map(function (series) {
              var sum = 0, known = 0;
              for (var i = range[0]; i < range[1]; i += 1) {
                if (series.values[i] !== null) { sum += series.values[i]; known += 1; }
              }
              var name = series.name ? " " + series.name : "";
              if (!known) { return "no evidence of" + (name || " bytes"); }
              var gap = (range[1] - range[0] - known) * data.step / 60000;
              return amount(sum, series.bytes) + name + (gap ? " (" + gap + " min without evidence)" : "");
            });
            output.textContent = clock(range[0]) + " to " + clock(range[1]) + " (" + minutes + " min): " + parts.join(", ");
          }
          function place(event) {
            var box = timeline.getBoundingClientRect();
            return Math.min(count, Math.max(0, (event.clientX - box.left) / box.width * count));
          }
          var origin = null;
          timeline.addEventListener("pointerdown", function (event) {
            if (event.button !== 0) { return; }
            origin = place(event);
            timeline.setPointerCapture(event.pointerId);
          });
          timeline.addEventListener("pointermove", function (event) {
            if (origin === null) { return; }
            var here = place(event);
            range = [Math.floor(Math.min(origin, here)), Math.max(Math.floor(Math.min(origin, here)) + 1,
              Math.ceil(Math.max(origin, here)))];
            range[1] = Math.min(count, range[1]);
            range[0] = Math.min(range[0], range[1] - 1);
            show();
          });
          timeline.addEventListener("pointerup", function (event) {
            if (origin !== null && Math.abs(place(event) - origin) * timeline.clientWidth / count < 3) { range = null; show(); }
            origin = null;
          });
          timeline.addEventListener("pointercancel", function () { origin = null; });
          timeline.addEventListener("keydown", function (event) {
            var step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            if (event.key === "Escape") { range = null; show(); return; }
            if (!step) { return; }
            event.preventDefault();
            if (!range) { range = [0, Math.min(count, 5)]; }
            else if (event.shiftKey) { range[1] = Math.min(count, Math.max(range[0] + 1, range[1] + step)); }
            else if (range[0] + step >= 0 && range[1] + step <= count) { range = [range[0] + step, range[1] + step]; }
            show();
          });
        }());

        """#
}
