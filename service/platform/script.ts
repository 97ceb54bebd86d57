// The one script of the service: it eases the filling in of periods, and nothing needs it.
import { readFileSync } from 'node:fs'
import { sha256Hex } from './secrets.ts'

const js = readFileSync(new URL('./periods.client.js', import.meta.url), 'utf8')

export const script = { path: `/assets/periods-${sha256Hex(js).slice(0, 12)}.js`, js }
