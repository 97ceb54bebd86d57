// Makes protected counts and sums from the persons behind them; must not know the question asked, its filter or its date.

import { cellUniform, type Hmac, type RecordKey, sumRecordKeys } from './cell-key.ts'
import { noiseUnit, perturbCount } from './perturbation.ts'
import table from './perturbation-table.json' with { type: 'json' }
import { type Protected, seal } from './seal.ts'

/** Values pair up with keys by index; `name` stands for one quantity and never changes, or its noise is drawn twice. */
type Magnitudes = {
  name: string
  keys: readonly RecordKey[]
  values: readonly number[]
  centre: number
  range: number
}

/**
 * The functions that draw noise under one secret cell key; the noise depends on who is counted and on nothing else, so
 * the same people give the same noise whatever the question, and asking again in other words cannot average it away
 * (averaging attack: Asghar & Kaafar, 2020, PoPETs).
 */
export function createProtector(hmac: Hmac) {
  return {
    /** The protected number of persons holding `keys` (tag `cnt` for every count): whole, at most 5 off, 0 stays 0. */
    count(keys: readonly RecordKey[]): Protected<number> {
      return seal(perturbCount(keys.length, cellUniform(hmac, 'cnt', sumRecordKeys(keys)), table))
    },

    /**
     * The protected Σ(x−centre) + v·range/2 (tag `sum:<name>`), in points, and Σ(x−centre)² + v'·range²/8 (tag
     * `ssq:<name>`), in squared points, which may be negative; zeros for nobody; throws RangeError when keys and
     * values differ in number.
     */
    moments({ name, keys, values, centre, range }: Magnitudes): Protected<{ sum: number; sumOfSquares: number }> {
      if (keys.length !== values.length) {
        throw new RangeError(`${name}: ${keys.length} keys for ${values.length} values`)
      }
      if (keys.length === 0) return seal({ sum: 0, sumOfSquares: 0 })
      const keySum = sumRecordKeys(keys)
      const noise = (tag: string) => noiseUnit(cellUniform(hmac, `${tag}:${name}`, keySum), table)
      const sum = values.reduce((total, x) => total + (x - centre), 0)
      const sumOfSquares = values.reduce((total, x) => total + (x - centre) ** 2, 0)
      return seal({
        sum: sum + (noise('sum') * range) / 2,
        sumOfSquares: sumOfSquares + (noise('ssq') * range ** 2) / 8,
      })
    },
  }
}
