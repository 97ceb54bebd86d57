// What is asked at a terminal, or by a mail system, about mail that came back: to take a report, and who is out of reach.
// Nothing it says has anybody's address: a mail system writes it to its log.
import { z } from 'zod'
import type { CommandResult } from './commands.ts'
import { lostContacts } from './mailings/bounces.queries.ts'
import { type ReportOutcome, takeReport } from './mailings/take-report.actions.ts'
import { csvLine } from './platform/csv.ts'
import type { Deps } from './waves/deps.ts'

const Report = z.strictObject({ base64: z.string(), recipient: z.string().optional() })
const Lost = z.strictObject({ programme: z.string().optional() })

/** `bounce`: takes a report; it has gone well also when there was nothing in it for us, for it need not come again. */
export async function takeReportCommand(deps: Deps, input: unknown): Promise<CommandResult> {
  const { base64, recipient } = Report.parse(input)
  const outcome = await takeReport(deps, { bytes: Buffer.from(base64, 'base64'), recipient })
  return { ok: outcome.ok || outcome.because !== 'no bounce address', lines: [sayReport(outcome)] }
}

const sayReport = (outcome: ReportOutcome): string =>
  outcome.ok ? sayDone(outcome) : `Refused: ${REFUSALS[outcome.because]}`

function sayDone({ did, kind }: Extract<ReportOutcome, { ok: true }>): string {
  switch (did) {
    case 'recorded':
      return `Recorded (${kind}); nothing else changes.`
    case 'address failed':
      return `Recorded (${kind}): nothing more is sent to that address.`
    case 'moved to the first address':
    case 'moved to the second address':
      return `Recorded (${kind}): nothing more is sent to that address; this mail is ${did}.`
    case 'lost contact':
      return `Recorded (${kind}): the member has no address left that works; see npm run lost-contacts.`
    case 'opted out':
      return `Recorded (${kind}): the member gets no more mail.`
    case 'duplicate':
      return 'This report was known already; nothing changes.'
    case 'ignored':
      return `Ignored (${kind}): it says nothing against an address.`
    default:
      return did satisfies never
  }
}

const REFUSALS = {
  'no bounce address': 'no reports are taken while BOUNCE_ADDRESS is not set.',
  'too large': 'it is larger than any report, 1 MB or 50,000 lines.',
  unreadable: 'it cannot be read as a mail.',
  'not our address': 'it was not sent to the return path of a mail of ours.',
  'not a report': 'it says neither that a mail failed nor that somebody complained.',
  'not from a mail system': 'it says that a mail failed, but somebody sent it under their own address.',
  'unknown mailing': 'the mail it is about is not known any more.',
} as const satisfies Record<Extract<ReportOutcome, { ok: false }>['because'], string>

/** `lost-contacts`: who has no address left that works, as a table for a spreadsheet. */
export async function listLostContacts({ db, frame }: Deps, input: unknown): Promise<CommandResult> {
  const { programme } = Lost.parse(input)
  const known = frame.programmes.map((one) => one.programme)
  if (programme !== undefined && !known.includes(programme))
    return { ok: false, lines: [`There is no such programme. There is: ${known.join(', ')}.`] }
  const lost = await lostContacts(db, programme)
  const rows = lost.map((one) => [
    ...[one.programme, one.matricule, one.operator_code, one.operator],
    ...[one.since.toString().slice(0, 10), one.because],
  ])
  return { ok: true, lines: [COLUMNS, ...rows].map(csvLine) }
}

const COLUMNS = ['programme', 'matricule', 'operator code', 'operator', 'since', 'because']
