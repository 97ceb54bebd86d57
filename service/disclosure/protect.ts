// Makes protected counts and sums from the persons behind them; must not know the question asked, its filter or its date.

import { cellUniform, type Hmac } from './cell-key.ts'
import type { Crowd } from './crowds.ts'
import { noiseUnit, perturbCount } from './perturbation.ts'
import table from './perturbation-table.json' with { type: 'json' }
import { type Protected, seal } from './seal.ts'

/**
 * Sums over the values x of a crowd; `name` stands for one quantity and never changes, or its noise is drawn twice.
 * `sum` is Σ(x−centre) and `sumOfSquares` Σ(x−centre)²; `range` is how far values can lie apart.
 */
type Magnitudes = { name: string; crowd: Crowd; sum: number; sumOfSquares: number; range: number }

export type Protector = ReturnType<typeof createProtector>

/**
 * The functions that draw noise under one secret cell key; the noise depends on who is counted and on nothing else, so
 * the same people give the same noise whatever the question, and asking again in other words cannot average it away
 * (averaging attack: Asghar & Kaafar, 2020, PoPETs).
 */
export function createProtector(hmac: Hmac) {
  return {
    /** The protected number of people in a crowd (tag `cnt` for every count): whole, at most 5 off, 0 stays 0. */
    count({ count, sum }: Crowd): Protected<number> {
      return seal(perturbCount(count, count === 0 ? 0 : cellUniform(hmac, 'cnt', sum), table))
    },

    /**
     * The protected Σ(x−centre) + v·range/2 (tag `sum:<name>`), in points, and Σ(x−centre)² + v'·range²/8 (tag
     * `ssq:<name>`), in squared points, which may be negative; zeros for nobody.
     */
    moments({ name, crowd, sum, sumOfSquares, range }: Magnitudes): Protected<{ sum: number; sumOfSquares: number }> {
      if (crowd.count === 0) return seal({ sum: 0, sumOfSquares: 0 })
      const noise = (tag: string) => noiseUnit(cellUniform(hmac, `${tag}:${name}`, crowd.sum), table)
      return seal({
        sum: sum + (noise('sum') * range) / 2,
        sumOfSquares: sumOfSquares + (noise('ssq') * range ** 2) / 8,
      })
    },
  }
}
