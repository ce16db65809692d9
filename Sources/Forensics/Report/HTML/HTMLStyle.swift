/// The style sheet of the report: light and dark, narrow and wide, screen and paper.
enum HTMLStyle {
    static let css = """
        :root { color-scheme: light dark; --page: #fff; --text: #1b1f24; --faint: #59636e; --line: #d1d9e0;
          --panel: #f6f8fa; --before: #57799e; --during: #b35900; --before-fill: #57799e38; --during-fill: #d9730038;
          --area: #2f4a68; --warning: #7a5200; --critical: #b3171f; --focus: #0550ae; }
        @media (prefers-color-scheme: dark) { :root { --page: #0f1318; --text: #e6ebf0; --faint: #9aa7b4;
          --line: #333c46; --panel: #181e25; --before: #8fb4dc; --during: #f2a35e; --before-fill: #8fb4dc38;
          --during-fill: #f2a35e3d; --area: #9db8d6; --warning: #e3b341; --critical: #ff7b72; --focus: #79c0ff; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.5rem 0 .75rem; }
        h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
        h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
        a { color: var(--focus); }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
        .skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--page); }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        dl { margin: 0; } dl div { display: flex; flex-wrap: wrap; gap: 0 .75rem; }
        dt { min-width: 6.5rem; color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: 1rem 0 0; list-style: none; }
        .sentence { font-size: 1.15rem; max-width: 60rem; border-left: 4px solid var(--during); padding: .25rem 0 .25rem 1rem;
          overflow-wrap: anywhere; }
        .sentence p { margin: .4rem 0; } .sentence p:first-child { font-weight: 600; }
        .faint { color: var(--faint); font-weight: normal; } .n { text-align: right; font-variant-numeric: tabular-nums; }
        .key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; }
        .key.before { background: var(--before); } .key.during { background: var(--during); }
        .key.gone { border: 1px dashed var(--before); }
        .key.gap { border: 1px dashed var(--faint); }
        .scroll { overflow-x: auto; max-height: 36rem; overflow-y: auto; border: 1px solid var(--line); border-radius: 6px; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        caption { text-align: left; padding: .5rem .6rem; color: var(--faint); }
        th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; }
        th.n, td.n { text-align: right; white-space: nowrap; }
        tbody tr { border-top: 1px solid var(--line); }
        .sortable td { max-width: 24rem; min-width: 3rem; overflow-wrap: break-word; }
        .sortable th.n { white-space: normal; }
        .sortable td.k { white-space: nowrap; max-width: 22rem; overflow: hidden; text-overflow: ellipsis; }
        .sortable td.t { min-width: 6.5rem; } .sortable td.p { min-width: 14rem; }
        .sortable thead th { position: sticky; top: 0; background: var(--panel); padding: 0; z-index: 1; }
        .sortable button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; width: 100%;
          padding: .4rem .6rem; text-align: inherit; cursor: pointer; }
        .sortable th[aria-sort=ascending] button::after { content: " ▲"; }
        .sortable th[aria-sort=descending] button::after { content: " ▼"; }
        tr.strong { font-weight: 600; } tr.critical { color: var(--critical); font-weight: 600; }
        tr.warning { color: var(--warning); }
        figure { margin: 0; }
        .timeline { position: relative; user-select: none; touch-action: pan-y; cursor: crosshair; }
        .timeline figure { border-top: 1px solid var(--line); padding: .25rem 0; }
        .timeline figcaption { font-size: .85rem; }
        .timeline svg { display: block; width: 100%; height: 3.6rem; }
        .timeline .area { fill: var(--area); }
        rect.gap { fill: none; stroke: var(--faint); stroke-dasharray: 4 4; vector-effect: non-scaling-stroke; }
        rect.before { fill: var(--before-fill); } rect.during { fill: var(--during-fill); }
        .brush { position: absolute; top: 0; bottom: 0; border: 2px solid var(--focus); border-width: 0 2px;
          background: #0a6cff22; pointer-events: none; }
        .axis { display: flex; justify-content: space-between; font-size: .8rem; color: var(--faint); }
        .legend { font-size: .85rem; color: var(--faint); margin: .5rem 0; }
        output { display: block; min-height: 1.5rem; font-size: .9rem; }
        .waterfall { table-layout: fixed; } .waterfall th { font-weight: inherit; overflow-wrap: anywhere; }
        .waterfall col.label { width: 30%; } .waterfall col.counts { width: 20%; } .waterfall col.share { width: 5.5rem; }
        .waterfall td.track { padding: .3rem 0; }
        .track { position: relative; }
        .sortable .track { width: 7rem; } .sortable .bar { height: 1.1rem; background: var(--during); border-radius: 2px; }
        .waterfall .bar { position: relative; height: 1.1rem; background: var(--during); border-radius: 2px; min-width: 1px; }
        .waterfall .bar.down { background: var(--before); }
        .waterfall .rest .bar { opacity: .45; } .waterfall .all .bar { background: var(--area); }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1.5rem; }
        .distribution svg { display: block; width: 100%; height: 6rem; border-bottom: 1px solid var(--line); }
        path.before { fill: var(--before-fill); stroke: var(--before); } path.during { fill: var(--during-fill);
          stroke: var(--during); }
        .distribution path { vector-effect: non-scaling-stroke; stroke-width: 1.5; }
        .map { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 0 1.5rem; }
        .map ol { list-style: none; padding: 0; margin: 0; } .map li { margin: .5rem 0; font-size: .9rem; }
        .map li p { display: flex; justify-content: space-between; gap: .5rem; margin: 0; overflow-wrap: anywhere; }
        .map li p .n { white-space: nowrap; }
        .map .track { background: var(--panel); height: .45rem; margin-top: 2px; }
        .map .bar { height: 100%; background: var(--during); } .map .bar.old { background: var(--before); }
        .flow { display: grid; grid-template-columns: minmax(0, 11rem) minmax(0, 1fr) minmax(0, 14rem); gap: 0 .5rem; }
        .flow h4 { margin: .5rem 0; align-self: end; font-size: .85rem; color: var(--faint); font-weight: 600; }
        .flow h4:nth-of-type(2) { text-align: center; } .flow .from, .flow h4:first-of-type { text-align: right; }
        .flow > div { position: relative; } .flow svg { display: block; width: 100%; height: 100%; }
        .flow .node { position: absolute; left: 0; right: 0; display: flex; flex-direction: column; justify-content: center;
          font-size: .85rem; line-height: 1.25; } .flow .node .n { text-align: inherit; font-size: .8rem; }
        .flow .node bdi { overflow: hidden; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical;
          -webkit-line-clamp: 3; }
        .flow .bands .node { flex-direction: row; justify-content: center; align-items: start; gap: .5rem; }
        .flow .bands .node > * { background: var(--page); white-space: nowrap; padding: 0 .2rem; }
        .flow .bands .node { pointer-events: none; }
        .flow rect { fill: var(--text); } .flow path { stroke: none; fill-opacity: .45; }
        .flow path.before { fill: var(--before); } .flow path.during { fill: var(--during); fill-opacity: .75; }
        .flow path.gone { fill: var(--before); fill-opacity: .1; stroke: var(--before); stroke-dasharray: 3 2;
          vector-effect: non-scaling-stroke; } .flow path.thin { stroke: none; fill-opacity: .3; }
        .flow g:hover path { fill-opacity: 1; } .flow g:hover path.gone { fill-opacity: .35; }
        details { margin: .5rem 0; } summary { cursor: pointer; }
        .finding { border-left: 4px solid var(--line); padding-left: .75rem; }
        .finding.warning { border-color: var(--warning); } .finding.critical { border-color: var(--critical); }
        pre { background: var(--panel); padding: .75rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
        footer { color: var(--faint); font-size: .85rem; margin-top: 2rem; padding-bottom: 2rem; }
        .ledger table { font-size: .8rem; } .ledger td, .ledger .sortable button { padding: .3rem .35rem; }
        .ledger td { min-width: 0; }
        .ledger td.p { min-width: 11.5rem; width: 40%; } .ledger td.t { min-width: 5.4rem; }
        .hashes { list-style: none; padding: 0; font-size: .85rem; } .hashes li { margin: .25rem 0; }
        .hashes code { overflow-wrap: anywhere; } .hashes code { display: block; color: var(--faint); }
        .finding .scroll { max-height: none; margin: .5rem 0; } .more { margin: .25rem 0; font-size: .85rem; }
        @media screen and (max-width: 40rem) {
          .scroll { max-height: 44rem; } #long .scroll { max-height: none; }
          .waterfall, .waterfall tbody { display: block; } .waterfall colgroup, .waterfall thead { display: none; }
          .waterfall tr { display: grid; grid-template-columns: 1fr auto; padding: .3rem 0; }
          .waterfall th, .waterfall td { padding: 0 .4rem; } .waterfall td.share { grid-area: 1 / 2; }
          .waterfall td.counts { grid-area: 2 / 1 / auto / 3; text-align: left; white-space: normal; }
          .waterfall td.track { grid-area: 3 / 1 / auto / 3; padding: .1rem 0; } .waterfall .bar { height: .7rem; }
          .flow { grid-template-columns: minmax(0, 6.6rem) minmax(0, 1fr) minmax(0, 6.6rem); gap: 0 .25rem; }
          .flow .node { font-size: .72rem; } .flow .node .n { font-size: .7rem; }
          .flow .bands .node { flex-direction: column; align-items: center; justify-content: start; gap: 0; line-height: 1; }
          .flow .bands .node bdi { max-width: 100%; white-space: normal; -webkit-line-clamp: 2; }
          .flow .bands .node .n { display: none; }
          .axis span:nth-child(2):not(:last-child) { display: none; } th, td { padding: .3rem .4rem; }
          .sortable, .sortable tbody { display: block; } .sortable caption { display: block; }
          .sortable thead, .sortable td.a, .sortable td.b { display: none; }
          .sortable tr { display: flex; flex-wrap: wrap; gap: 0 .9rem; padding: .35rem .5rem; }
          .sortable td, .sortable td.p { display: block; padding: 0; min-width: 0; max-width: 100%; text-align: left; }
          .sortable td[data-h]::before { content: attr(data-h) " "; color: var(--faint); font-weight: normal; }
          .sortable td.i { order: -1; flex-basis: 100%; font-weight: 600; white-space: normal; overflow-wrap: anywhere; } }
        @page { margin: 14mm 12mm; }
        @media print { :root { color-scheme: light; --page: #fff; --text: #000; --faint: #444; --line: #bbb; --panel: #f4f4f4;
            --before: #57799e; --during: #b35900; --area: #2f4a68; --critical: #b3171f; --warning: #7a5200; font-size: 13px; }
          body { font-size: 13px; } header, main, footer { max-width: none; padding: 0; }
          table { font-size: .75rem; } th, td { padding: .2rem .3rem; }
          nav, .skip, .legend, output, .more { display: none; }
          .scroll { max-height: none !important; overflow: visible; border: 0; }
          .sortable thead th { position: static; padding: .2rem .3rem; } .sortable button { display: contents; }
          .sortable .track { width: 4rem; }
          .ledger table, .ledger tbody { display: block; } .ledger thead, .ledger td.a { display: none; }
          .ledger tr { display: flex; flex-wrap: wrap; gap: 0 .9rem; padding: .2rem 0; }
          .ledger td { display: block; padding: 0; min-width: 0; } .ledger td.i { order: -1; flex-basis: 100%; }
          .ledger td[data-h]::before { content: attr(data-h) " "; color: var(--faint); font-weight: normal; }
          .sortable td { white-space: normal; max-width: none; min-width: 4.8rem; overflow: visible; overflow-wrap: anywhere; }
          .sortable td.k { white-space: normal; max-width: none; overflow: visible; min-width: 8.5rem; }
          .sortable td.t { min-width: 5.6rem; } .sortable td.p { min-width: 9rem; overflow-wrap: break-word; }
          .sortable td.n, .sortable td.b { min-width: 0; }
          .sortable td.n { white-space: nowrap; } .sortable th { overflow-wrap: normal; }
          details::details-content { content-visibility: visible; display: block; }
          figure, tr, .flow, .map section, .hashes li { break-inside: avoid; } h2, h3, summary { break-after: avoid; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }

        """
}
