#!/usr/bin/env python3
"""Counts the NLB or ALB logs of a folder in two windows, without any code of lbforensics.

usage: window_counts.py nlb|alb FOLDER BEFORE_START BEFORE_END DURING_START DURING_END [LONG_MS]

FOLDER holds AWSLogs/. The answer is JSON in the form of SampleData/truth.json, by the same reader.
"""

import json
import sys

import sample_truth


def main():
    kind, folder, *times = sys.argv[1:]
    before, during = [sample_truth.seconds(time) for time in times[:2]], [sample_truth.seconds(time) for time in times[2:4]]
    sample_truth.WINDOWS.update(before=tuple(before), during=tuple(during))
    if len(times) > 4:
        sample_truth.LONG_MS = int(times[4])
    json.dump({"nlb": sample_truth.nlb, "alb": sample_truth.alb}[kind](folder), sys.stdout)


if __name__ == "__main__":
    main()
