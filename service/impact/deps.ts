// What the research side works with: the publications, and nothing that could lead to an answer.
import type { Platform } from '../platform/deps.ts'
import type { Library } from '../publications/library.queries.ts'

export type ResearchDeps = Pick<Platform, 'db' | 'clock' | 'log'> & {
  library: Library
  /** Where readers reach this side, without a slash at the end. */
  baseUrl: string
  /** How many questions a token may ask in a minute. */
  perMinute: number
  /** The folder of the query log; null for the log of the process. */
  queryLog: string | null
}
