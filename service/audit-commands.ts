// What a person asks of the audit trail at a terminal: whether it is as it was recorded, and what is in it.
import { z } from 'zod'
import type { CommandResult, Say } from './commands.ts'
import { type EventFilter, eventsPage, type RecordedEvent, verifyTrail } from './platform/audit.queries.ts'
import type { TrailFlaw } from './platform/audit-chain.ts'
import { safeDate } from './platform/safe.ts'
import type { Deps } from './waves/deps.ts'

const Head = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/, 'not a number and a hash such as 120:9f86d0…, as verify prints them')
  .transform((text) => ({ seq: Number(text.split(':')[0]), head: text.split(':')[1]! }))
const Audit = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('verify'), kept: Head.optional() }),
  z.strictObject({
    do: z.literal('list'),
    /** Days in UTC, both included. */
    from: safeDate.optional(),
    to: safeDate.optional(),
    actor: z.string().optional(),
    action: z.string().optional(),
    subject: z.string().optional(),
    programme: z.string().optional(),
    last: z.int().min(1).max(100_000),
  }),
])

/** `audit`: verifies the trail, or lists events, the newest last. */
export async function auditCommand(deps: Deps, input: unknown, say: Say): Promise<CommandResult> {
  const parsed = Audit.safeParse(input)
  if (!parsed.success) return { ok: false, lines: [z.prettifyError(parsed.error)] }
  const wanted = parsed.data
  if (wanted.do === 'verify') {
    const onProgress = (done: number, all: number) => say(`${done} of ${all} events`)
    const verdict = await verifyTrail(deps.db, onProgress, wanted.kept)
    return verdict.ok ? { ok: true, lines: sayVerified(verdict) } : { ok: false, lines: [sayFlaw(verdict)] }
  }
  const { do: _, last, from, to, ...about } = wanted
  return {
    ok: true,
    lines: await list(deps, { ...about, from: startOf(from), to: startOf(to?.add({ days: 1 })) }, last),
  }
}

const startOf = (day: Temporal.PlainDate | undefined): Temporal.Instant | undefined =>
  day?.toZonedDateTime('UTC').toInstant()

function sayVerified({ events, purged, seq, head }: { events: number; purged: number; seq: number; head: string }) {
  if (seq === 0) return ['Nothing has been recorded yet.']
  return [
    `${events} events, each as it was recorded.`,
    ...(purged > 0 ? [`${purged} before them have been purged; their months are sealed in the chain.`] : []),
    `Keep this elsewhere: ${seq}:${head}`,
    `Later, npm run audit -- verify --kept with it tells whether the trail still is the same up to there.`,
  ]
}

function sayFlaw(flaw: TrailFlaw): string {
  const { at } = flaw
  switch (flaw.because) {
    case 'changed':
      return `Event ${at} is not as it was recorded: it was changed, or stands where another was removed.`
    case 'missing':
      return `Event ${at} is missing: it was recorded, and has been removed.`
    case 'inserted':
      return `Event ${at} was put in: it was not recorded by the service.`
    case 'out of place':
      return `Event ${at} is not as it was recorded: what was stands at ${flaw.found}. Events were exchanged, or one was put in.`
    case 'segment':
      return `From event ${at} on the trail does not fit the seal of ${flaw.month}: the seal was changed, or events with it.`
    case 'rewritten':
      return `Event ${at} is not the one whose hash was kept: the trail was made anew, up to there at least.`
    case 'purged':
      return `Event ${at} has been purged, and was not the last of its month: there is nothing to compare its hash with.`
    default:
      return flaw satisfies never
  }
}

async function list({ db }: Deps, filter: EventFilter, last: number): Promise<string[]> {
  const { events, next } = await eventsPage(db, filter, last)
  if (events.length === 0) return ['There is no such event.']
  const older = next === null ? [] : [`Only the last ${last}; more with --last.`]
  return [...older, ...events.toReversed().map(sayEvent)]
}

const sayEvent = ({ seq, at, actor, action, subject, detail }: RecordedEvent): string =>
  [seq, at.toString({ smallestUnit: 'second' }), actor, action, subject, JSON.stringify(detail)]
    .map((cell) => onOneLine(String(cell)))
    .join('  ')

/** Nothing that was recorded may end a line and begin another, or speak to the terminal. */
const onOneLine = (text: string): string => text.replace(/\p{Cc}/gu, '\uFFFD')
