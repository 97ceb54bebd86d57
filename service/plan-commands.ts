// What a person asks of wave plans at a terminal: every mail of the months to come, and what another plan would change.
import { z } from 'zod'
import type { CommandResult, Say } from './commands.ts'
import { settingChanges } from './fieldwork/plan-words.ts'
import { dayOf } from './platform/clock.ts'
import { csvLine } from './platform/csv.ts'
import { parseDate } from './platform/safe.ts'
import { readPlanSources } from './surveys.ts'
import { countEnrolledTooLate } from './waves/cases.queries.ts'
import type { Deps } from './waves/deps.ts'
import { planOf } from './waves/deps.ts'
import { type ListedMail, listMails } from './waves/list-mails.actions.ts'
import { PlanFile } from './waves/plan.ts'
import { planNextMembers } from './waves/plan-members.actions.ts'
import {
  type PlanSource,
  type PlansPreview,
  publishPlans,
  type ReplanPreview,
  undoneBy,
} from './waves/publish-plan.actions.ts'
import type { ReplanCounts } from './waves/replan.ts'

const Day = z.string().transform((text, context) => {
  const date = parseDate(text)
  if (date) return date
  context.addIssue({ code: 'custom', message: 'not a date such as 2026-12-01' })
  return z.NEVER
})
const List = z.strictObject({
  from: Day.optional(),
  to: Day.optional(),
  programme: z.string().optional(),
  wave: z.string().optional(),
  csv: z.boolean(),
})
const Publish = z.strictObject({ confirm: z.string().optional() })

/** `plan`: lists mails; `publish-plan`: puts changed plans in force. */
export async function listPlan(deps: Deps, input: unknown, say: Say): Promise<CommandResult> {
  const { from: given, to: until, programme, wave, csv } = List.parse(input)
  const known = deps.frame.programmes.map((one) => one.programme)
  if (programme !== undefined && !known.includes(programme))
    return { ok: false, lines: [`There is no such programme. There is: ${known.join(', ')}.`] }
  const from = given ?? dayOf(deps.clock.now())
  const to = until ?? from.add({ months: 3 })
  if (Temporal.PlainDate.compare(to, from) < 0) return { ok: false, lines: ['--to is before --from.'] }
  const programmes = programme === undefined ? known : [programme]
  const mails = await listMails(deps, { programmes, from, to, wave, onProgress: (n) => say(`${n} mails`) })
  if (csv) return { ok: true, lines: asCsv(mails) }
  const unmeasured = await countUnmeasured(deps, programmes)
  return { ok: true, lines: [...asTable(mails), '', ...summary(mails, { from, to, unmeasured })] }
}

const COLUMNS = ['day', 'time', 'zone', 'person', 'programme', 'cohort', 'wave', 'mail', 'state', 'because', 'note']

const cellsOf = (mail: ListedMail): string[] => {
  const local = mail.at.toZonedDateTimeISO(mail.timeZone)
  const { person, programme, cohort, wave } = mail
  return [
    local.toPlainDate().toString(),
    local.toPlainTime().toString().slice(0, 5),
    mail.timeZone,
    person,
    programme,
    cohort,
    wave,
    sayKind(mail),
    mail.state,
    mail.because ?? '',
    mail.returnUnknown ? 'effective return unknown' : '',
  ]
}

const KINDS: Record<string, string> = { lastCall: 'last call', contactUpdate: 'contact update' }
const sayKind = ({ kind, number }: ListedMail): string =>
  kind === 'reminder' ? `reminder ${number}` : (KINDS[kind] ?? kind)

const asCsv = (mails: readonly ListedMail[]): string[] =>
  [COLUMNS, ...mails.map(cellsOf)].map((cells) => csvLine(cells))

function asTable(mails: readonly ListedMail[]): string[] {
  const rows = [COLUMNS, ...mails.map(cellsOf)]
  const widths = COLUMNS.map((_, column) => rows.reduce((widest, row) => Math.max(widest, row[column]!.length), 0))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

function summary(
  mails: readonly ListedMail[],
  { from, to, unmeasured }: { from: Temporal.PlainDate; to: Temporal.PlainDate; unmeasured: number },
): string[] {
  const count = (state: ListedMail['state']) => mails.filter((mail) => mail.state === state).length
  const reasons = [...Map.groupBy(mails, ({ because }) => because)]
    .filter(([because]) => because !== null)
    .map(([because, some]) => `  ${because}: ${some.length}`)
  return [
    `${from} to ${to}, both included, where each person is: ${count('planned')} planned if nobody answers, ${count('sent')} sent, ${count('on its way')} on their way, ${count('not sent')} not sent${reasons.length > 0 ? ':' : '.'}`,
    ...reasons,
    ...(unmeasured > 0
      ? [
          `Registered after the wave that changes are measured from: ${unmeasured}. No change can be published for them.`,
        ]
      : []),
  ]
}

/** Members without the wave that changes are measured from: whenever it was, that is said. */
async function countUnmeasured(deps: Deps, programmes: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    programmes.map((programme) => countEnrolledTooLate(deps.db, { programme, wave: planOf(deps, programme).baseline })),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export async function publishPlan(deps: Deps, input: unknown, say: Say): Promise<CommandResult> {
  const { confirm } = Publish.parse(input)
  const sources = readPlanSources(deps.config.surveysDir)
  const outcome = await publishPlans(deps, { sources, origin: 'file', confirm, actor: 'command line' })
  if (outcome.ok) {
    while (await planNextMembers(deps)) say('planning again')
    return { ok: true, lines: [...sayPreview(outcome.preview), `In force: ${outcome.published.join(', ')}.`] }
  }
  if (outcome.because === 'nothing new')
    return { ok: true, lines: ['No file says anything else than when its plan was last published from it.'] }
  const { preview, shown } = outcome
  const lines = toBeConfirmed(preview, 'npm run plan -- --publish', shown)
  return { ok: false, lines: [...sayUndone(sources, preview), ...lines] }
}

/** What a file would undo of what was set in the console, setting by setting. */
const sayUndone = (sources: readonly PlanSource[], preview: PlansPreview): string[] =>
  undoneBy(sources, preview).flatMap(({ plan, version, published_at: at, published_by: by, content }) => {
    const file = sources.find((source) => source.plan === plan)!
    return [
      `${plan}: version ${version}, which is in force, was set in the console on ${dayOf(at)} by ${by}. Its file would undo it:`,
      ...settingChanges(PlanFile.parse(content), PlanFile.parse(file.content), 'en').map(
        ({ label, from, to }) => `  ${label}: ${from ?? 'nothing'} -> ${to ?? 'nothing'}`,
      ),
    ]
  })

const sayCounts = ({ moved, cancelled, created, alreadySent }: ReplanCounts): string =>
  `${moved} moved, ${cancelled} cancelled, ${created} created, ${alreadySent} already sent and left as they are`

/** The cases a change moves, in all and wave by wave. */
export const sayPreview = ({ counts, byWave }: ReplanPreview): string[] => [
  `Cases: ${sayCounts(counts)}`,
  ...[...byWave]
    .filter(([, { moved, cancelled, created, alreadySent }]) => moved + cancelled + created + alreadySent > 0)
    .map(([wave, counts]) => `  ${wave}: ${sayCounts(counts)}`),
]

/** What would move, and how to say that it may. */
export const toBeConfirmed = (preview: ReplanPreview, command: string, shown: boolean): string[] => [
  ...(shown ? ['What you confirmed is not what would happen now. It is this:'] : []),
  ...sayPreview(preview),
  `Nothing has been changed. To do it: ${command} --confirm ${preview.code}`,
]
