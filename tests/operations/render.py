"""Draws panels of the dashboard as pictures, from what a real Prometheus has scraped, for whoever looks rather than reads.

    render.py PROMETHEUS_URL OUT.png SECONDS TITLE...    the last SECONDS of the panels with these titles

Needs matplotlib, which no test does. The picture in README.md is made with it.
"""

import json
import os
import re
import sys
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402

DASHBOARD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'deploy', 'grafana', 'zoetrope.json')
COLUMNS = 3
LEGEND = 8  # more names would hide the lines
UNITS = {'s': 'seconds', 'reqps': 'a second', 'ops': 'a second', 'percentunit': 'of 1', 'currencyUSD': 'US dollars', 'bytes': 'bytes', 'none': ''}


def get(url, call, parameters):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f'{url}/api/v1/{call}?' + urllib.parse.urlencode(parameters), timeout=60) as answer:
        return json.load(answer)['data']['result']


def fetch(url, expression, seconds, end):
    return get(url, 'query_range', {'query': expression, 'start': end - seconds, 'end': end, 'step': max(1, seconds // 120)})


def name_of(legend, metric):
    return re.sub(r'{{(\w+)}}', lambda m: metric.get(m.group(1), ''), legend)


def draw(axes, panel, url, seconds, end):
    for target in panel['targets']:
        expression = re.sub(r'\$(namespace|job|provider|model)\b', '.*', target['expr'].replace('$__rate_interval', '20s'))
        for series in fetch(url, expression, seconds, end):
            times = [float(at) - end for at, _ in series['values']]
            axes.plot(times, [float(value) for _, value in series['values']], label=name_of(target['legendFormat'], series['metric']),
                      linewidth=1.2)
    axes.set_title(panel['title'], fontsize=9, loc='left')
    axes.set_ylabel(UNITS[panel['fieldConfig']['defaults']['unit']], fontsize=7)
    axes.tick_params(labelsize=7)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles[:LEGEND], labels[:LEGEND], fontsize=6, loc='upper left', ncols=2, framealpha=0.7)


def main(url, out, seconds, *titles):
    with open(DASHBOARD, encoding='utf-8') as file:
        panels = {panel['title']: panel for panel in json.load(file)['panels']}
    end = float(get(url, 'query', {'query': 'time()'})[1])
    rows = -(-len(titles) // COLUMNS)
    figure, all_axes = pyplot.subplots(rows, COLUMNS, figsize=(13, 2.6 * rows), squeeze=False)
    for axes in all_axes.flat[len(titles):]:
        axes.axis('off')
    for axes, title in zip(all_axes.flat, titles):
        draw(axes, panels[title], url, int(seconds), end)
    figure.tight_layout()
    figure.savefig(out, dpi=70)


if __name__ == '__main__':
    main(*sys.argv[1:])
