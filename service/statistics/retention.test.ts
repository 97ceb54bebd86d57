// Checks retention against a worked example; must not know the waves.

import { expect, test } from 'vitest'
import { retentionFlow } from './retention.ts'

const wave = (respondents: number, withFirst: number, withPrevious: number, balanced: number) => ({
  eligible: 264,
  respondents,
  withFirst,
  withPrevious,
  balanced,
})

test('wave rates, numbers relative to the first wave and the balanced share are the worked ones', () => {
  const flow = retentionFlow([
    wave(150, 150, 150, 150),
    wave(139, 130, 130, 130),
    wave(121, 110, 105, 100),
    wave(98, 90, 88, 82),
  ])
  const column = (of: (one: (typeof flow)[number]) => number | null) =>
    flow.map((one) => Math.round(1e4 * of(one)!) / 1e4)
  expect(column(({ waveRate }) => waveRate)).toEqual([0.5682, 0.5265, 0.4583, 0.3712])
  expect(column(({ relative }) => relative)).toEqual([1, 0.9267, 0.8067, 0.6533])
  expect(flow.at(-1)!.balanced).toBeCloseTo(0.5467, 4)
  expect(flow.at(-1)!.retention).toBeCloseTo(0.6, 12)
  expect(flow.map(({ hazard }) => hazard)).toEqual([null, 1 - 130 / 150, 1 - 105 / 139, 1 - 88 / 121])
})

test('perturbed counts never give more than everybody, and nobody gives no share', () => {
  expect(retentionFlow([wave(20, 20, 20, 20), wave(22, 24, 24, 21)])[1]).toMatchObject({
    retention: 1,
    balanced: 1,
    hazard: 0,
  })
  expect(retentionFlow([wave(0, 0, 0, 0)])[0]).toMatchObject({ waveRate: 0, relative: null, retention: null })
})
