import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { shortMonth } from "../../lib/dates";
import { periodOf, type By } from "./periods";

/** What is drawn: a bar for each period from the first on. */
export interface Bars {
  by: By;
  /** The number of the first period; see periods.indexOf. */
  first: number;
  values: readonly number[];
  /** The end of the scale, for plots that are to be compared; else that of the values. */
  most?: number;
  /** How a value is written at the axis. */
  write: (value: number) => string;
  /** The pointer is at a period, by its place in values. */
  onPoint: (i: number) => void;
}

/** Drawing is a plot that is shown. */
export interface Drawing {
  /** mark shows which period is looked at. */
  mark: (i: number | null) => void;
  end: () => void;
}

/** draw draws bars into an element, as wide and high as that is, until it is ended. */
export function draw(host: HTMLElement, bars: Bars): Drawing {
  const marker = document.createElement("div");
  marker.className = "plot-mark";
  let marked: number | null = null;
  let letter = letterOf();
  const make = () => {
    const made = new uPlot(optionsOf(host, bars, letter), [bars.values.map((_, i) => bars.first + i), [...bars.values]], host);
    made.over.append(marker);
    return made;
  };
  let plot = make();
  const place = () => {
    marker.hidden = marked === null;
    if (marked === null) return;
    const left = plot.valToPos(bars.first + marked - 0.5, "x");
    marker.style.left = `${left}px`;
    marker.style.width = `${Math.max(plot.valToPos(bars.first + marked + 0.5, "x") - left, 2)}px`;
  };
  const resized = new ResizeObserver(() => {
    if (letter === letterOf()) {
      plot.setSize({ width: host.clientWidth, height: host.clientHeight });
    } else {
      // The whole page has grown, and so do its letters.
      plot.destroy();
      letter = letterOf();
      plot = make();
    }
    place();
  });
  resized.observe(host);
  place();
  return {
    mark: (i) => {
      marked = i;
      place();
    },
    end: () => {
      resized.disconnect();
      plot.destroy();
    },
  };
}

/** letterOf is the size of small letters, in pixels. */
const letterOf = () => parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.75;

function optionsOf(host: HTMLElement, { by, first, values, most, write, onPoint }: Bars, size: number): uPlot.Options {
  const color = colorsOf(host);
  const font = `${size}px ${getComputedStyle(host).fontFamily}`;
  const highest = Math.max(most ?? 0, ...values, 1);
  const side = Math.ceil(size * (1.4 + 0.6 * write(Math.round(highest)).length));
  return {
    width: host.clientWidth,
    height: host.clientHeight,
    padding: [size, 2, 0, 0],
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: {
      x: { time: false, range: (_, min, max) => [(min ?? first) - 0.5, (max ?? first) + 0.5] },
      y: { range: [0, highest * 1.04] },
    },
    axes: [
      {
        stroke: color("--ink-soft"),
        font,
        size: size * 2.1,
        gap: size * 0.4,
        grid: { show: false },
        ticks: { stroke: color("--line-strong"), size: 4, width: 1 },
        splits: (u) => marksOf(first, values.length, step((u.width - side) / values.length, by, size * 3.2)),
        values: (_, splits) => splits.map((i) => labelOf(i, by)),
      },
      {
        stroke: color("--ink-soft"),
        font,
        size: side,
        gap: size * 0.4,
        grid: { stroke: color("--line"), width: 1 },
        ticks: { show: false },
        space: size * 3,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((n) => [n, n * 1000, n * 1_000_000]).sort((a, b) => a - b),
        values: (_, splits) => splits.map(write),
      },
    ],
    series: [{}, { fill: color("--accent"), width: 0, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.72, 48], radius: 0.15 }) }],
    // What was pointed at stays when the pointer leaves, so that it can be opened.
    hooks: { setCursor: [({ cursor: { left = -1, idx } }) => left >= 0 && typeof idx === "number" && onPoint(idx)] },
  };
}

/** colorsOf reads what the page's names of colors are at the moment, light or dark. */
function colorsOf(host: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = host.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  };
}

/** step is every how many periods there is a label, with at least so many pixels for each. */
function step(width: number, by: By, space: number): number {
  const steps = by === "month" ? [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200] : [1, 2, 5, 10, 20, 50, 100, 200];
  return steps.find((n) => n * width >= space) ?? (steps.at(-1) as number);
}

function marksOf(first: number, length: number, every: number): number[] {
  const marks: number[] = [];
  for (let i = Math.ceil(first / every) * every; i < first + length; i += every) marks.push(i);
  return marks;
}

function labelOf(i: number, by: By): string {
  const period = periodOf(i, by);
  return by === "year" || i % 12 === 0 ? String(Number(period.slice(0, 4))) : shortMonth(period);
}
