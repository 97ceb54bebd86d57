// Draws a Vega-Lite specification as SVG, on the server, without a canvas; loads the library when first asked.
import type { TopLevelSpec } from 'vega-lite'

export type ChartSpec = TopLevelSpec

/** The house style of every chart: one accent, thin lines, no decoration; readable in grey. */
const CONFIG = {
  background: '#ffffff',
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  axis: {
    labelFontSize: 13,
    titleFontSize: 13,
    labelColor: '#1d2129',
    titleColor: '#5a6270',
    titlePadding: 10,
    gridColor: '#d9d5ca',
    domainColor: '#5a6270',
    tickColor: '#5a6270',
    labelLimit: 270,
  },
  legend: { labelFontSize: 13, labelColor: '#1d2129', labelLimit: 0, symbolSize: 120 },
  view: { stroke: null },
} as const

/** The same specification gives the same SVG, byte for byte. */
export async function drawChart(spec: ChartSpec): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')])
  const compiled = lite.compile({ ...spec, config: CONFIG } as TopLevelSpec).spec
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** A label on as many lines as it needs, so that the picture stays legible on a narrow screen. */
export function wrapped(label: string, widest: number): string {
  const lines = ['']
  for (const word of label.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > widest) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`.trim()
  }
  return lines.join('\n')
}
