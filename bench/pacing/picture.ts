import type { RateSeries } from './figures.ts'

export interface PicturePanel {
  readonly title: string
  readonly series: RateSeries
}

const WIDTH = 860
const PANEL = 230
const GAP = 56
const LEFT = 78
const RIGHT = 20
const TOP = 76
const BOTTOM = 50
/** Seconds of quota time that are drawn as one. */
const BIN_SECONDS = 5

const colors = { sent: '#d1495b', admitted: '#2a9d8f', limit: '#1d3557', grid: '#dfe3e8', text: '#24292f' }
const fills = { sent: '#f0c3c9', admitted: '#b9ded9' }

interface Bin {
  readonly minute: number
  readonly sent: number
  readonly admitted: number
  readonly limit: number
}

/** Sent and admitted tokens per minute against the limit over time, one panel below the other, each on a scale of its own. */
export function drawPicture(title: string, panels: readonly PicturePanel[], minutes: number): string {
  const drawn = panels.map(({ title, series }) => ({ title, bins: bins(series, minutes) }))
  const height = TOP + panels.length * PANEL + (panels.length - 1) * GAP + BOTTOM
  const x = (minute: number): number => LEFT + (minute / minutes) * (WIDTH - LEFT - RIGHT)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${colors.text}" role="img" aria-label="${escape(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="26" font-size="16" font-weight="600">${escape(title)}</text>`,
    ...legend(),
  ]
  for (const [index, panel] of drawn.entries()) {
    const most = Math.max(...panel.bins.flatMap((bin) => [bin.sent, bin.limit]))
    const step = niceStep(most / 5)
    const top = Math.ceil((most * 1.02) / step) * step
    const base = TOP + index * (PANEL + GAP) + PANEL
    const y = (value: number): number => base - (value / top) * (PANEL - 20)
    parts.push(`<text x="${LEFT}" y="${base - PANEL + 12}" font-weight="600">${escape(panel.title)}</text>`)
    for (let value = 0; value <= top; value += step) {
      parts.push(
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="${colors.grid}"/>`,
        `<text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end">${amount(value)}</text>`,
      )
    }
    for (let minute = 0; minute <= minutes; minute++) {
      parts.push(`<text x="${round(x(minute))}" y="${base + 18}" text-anchor="middle">${minute}</text>`)
    }
    parts.push(area(panel.bins, 'sent', x, y), area(panel.bins, 'admitted', x, y), steps(panel.bins, x, y))
  }
  parts.push(
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 10}" text-anchor="middle">minutes of quota time</text>`,
    `<text transform="translate(18 ${TOP + (height - TOP - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">tokens per minute</text>`,
    '</svg>',
  )
  return `${parts.join('\n')}\n`
}

function bins(series: RateSeries, minutes: number): Bin[] {
  const size = Math.max(1, Math.round(BIN_SECONDS / series.secondsPerBin))
  const perMinute = 60 / (size * series.secondsPerBin)
  const result: Bin[] = []
  for (let from = 0; from + size <= series.sent.length; from += size) {
    const minute = ((from + size / 2) * series.secondsPerBin) / 60
    if (minute > minutes) break
    const rate = (values: readonly number[]): number =>
      values.slice(from, from + size).reduce((a, b) => a + b, 0) * perMinute
    result.push({
      minute,
      sent: rate(series.sent),
      admitted: rate(series.admitted),
      limit: rate(series.available),
    })
  }
  return result
}

type Scale = (value: number) => number

function area(all: readonly Bin[], what: 'sent' | 'admitted', x: Scale, y: Scale): string {
  const line = all.map((bin) => `${round(x(bin.minute))},${round(y(bin[what]))}`)
  const [first, last] = [all[0], all.at(-1)]
  if (!first || !last) return ''
  const points = [
    `${round(x(first.minute))},${round(y(0))}`,
    ...line,
    `${round(x(last.minute))},${round(y(0))}`,
  ]
  return `<polygon points="${points.join(' ')}" fill="${fills[what]}" stroke="${colors[what]}"/>`
}

function steps(all: readonly Bin[], x: Scale, y: Scale): string {
  const path = all.map(({ minute, limit }, index) => {
    const before = all[index - 1]
    const corner =
      before && before.limit !== limit ? `H${round(x((before.minute + minute) / 2))}V${round(y(limit))}` : ''
    return index === 0 ? `M${round(x(minute))} ${round(y(limit))}` : `${corner}H${round(x(minute))}`
  })
  return `<path d="${path.join('')}" fill="none" stroke="${colors.limit}" stroke-width="2" stroke-dasharray="6 4"/>`
}

function legend(): string[] {
  const entries = [
    ['sent', 'sent (what is above the green area was refused)'],
    ['admitted', 'let in'],
    ['limit', 'refill of the limit'],
  ] as const
  let left = LEFT
  return entries.flatMap(([name, words]) => {
    const mark =
      name === 'limit'
        ? `<line x1="${left}" x2="${left + 22}" y1="46" y2="46" stroke="${colors.limit}" stroke-width="2" stroke-dasharray="6 4"/>`
        : `<rect x="${left}" y="40" width="22" height="12" fill="${fills[name]}" stroke="${colors[name]}"/>`
    const label = `<text x="${left + 29}" y="50">${words}</text>`
    left += 55 + words.length * 6.4
    return [mark, label]
  })
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power
}

function amount(value: number): string {
  if (value >= 1e6) return `${+(value / 1e6).toFixed(2)}M`
  return value >= 1000 ? `${+(value / 1000).toFixed(1)}K` : String(value)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
