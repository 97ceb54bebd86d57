// npm run bounce [-- RECIPIENT] < report.eml: takes a report about a mail that came back, or that somebody complained of.
// As a transport of Postfix, a line of master.cf (transport_maps sends the address of BOUNCE_ADDRESS to it, and main.cf has
// recipient_delimiter = + and retour_destination_recipient_limit = 1):
//   retour unix - n n - 2 pipe flags=R user=retour directory=/srv/retour argv=npm run --silent bounce -- ${recipient}
// It leaves with 0 when the report is dealt with, even refused or ignored, because nobody is to be told of that by mail;
// and with 75 (EX_TEMPFAIL) when it could not be dealt with now, for the mail system to keep it and try again.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { LARGEST_REPORT } from '../service/mailings/bounce.ts'
import { describeError } from '../service/platform/logging.ts'
import { orRefuse, refuse } from '../service/process.ts'

const EX_TEMPFAIL = 75
process.on('exit', (code) => {
  if (code !== 0) process.exitCode = EX_TEMPFAIL
})

const { positionals } = orRefuse(() => parseArgs({ options: {}, allowPositionals: true }))
if (positionals.length > 1 || process.stdin.isTTY) refuse('Which report? npm run bounce [-- RECIPIENT] < report.eml')
const base64 = (await readInput(LARGEST_REPORT + 1)).toString('base64')
try {
  sayResult(await runAtTerminal('bounce', { base64, recipient: positionals[0] }))
} catch (error) {
  refuse(`The report could not be dealt with now: ${JSON.stringify(describeError(error))}`)
}

/** The beginning of the input; the rest is read and let go, so that whoever writes it is not cut off. */
async function readInput(most: number): Promise<Buffer> {
  const kept: Uint8Array[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    if (length < most) kept.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(kept).subarray(0, most)
}
