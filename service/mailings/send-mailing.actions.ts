// Sends what is owed, one message at a time: claim, send, mark. Never inside a transaction.
// A crash between sending and marking repeats one message under the same Message-ID; a crash before loses nothing.
import { ensureLinks } from '../access/personal-links.queries.ts'
import { type Instrument, mostQuestions } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { isBefore } from '../platform/clock.ts'
import { describeError } from '../platform/logging.ts'
import { LONGEST_CONVERSATION, type Message, type SendOutcome } from '../platform/mailer.ts'
import { randomId } from '../platform/secrets.ts'
import { nextDaytime } from '../waves/contacts.ts'
import { askedIn, type Deps } from '../waves/deps.ts'
import { LINK, type MailKind, nextAttempt, whyNot } from './delivery.ts'
import { invitationMail } from './invitation.mails.tsx'
import {
  type Addressee,
  addressee,
  type ClaimedMailing,
  claimNextMailing,
  giveUp,
  markSent,
  putOff,
} from './mailings.queries.ts'

/** How long a claim lasts: longer than the longest SMTP conversation, or a slow server would get the message twice. */
export const LEASE = Temporal.Duration.from({ milliseconds: LONGEST_CONVERSATION }).add({ seconds: 30 })

/**
 * Sends, puts off, or gives up with a reason, the mailing that has been due longest. False when none is due, or when the
 * mail server does not talk to us: the others then wait for the next beat, their attempts unspent.
 */
export async function sendNextMailing(deps: Deps): Promise<boolean> {
  const { db, clock } = deps
  const now = clock.now()
  const claim = randomId()
  const mailing = await claimNextMailing(db, { claim, now, until: now.add(LEASE) })
  if (!mailing) return false
  const held = { id: mailing.id, claim }

  // Asked again now: the member may have answered or opted out since the mailing was planned.
  const to = await addressee(db, mailing)
  const asked = to && askedOf(deps, to)
  const because = to ? whyNot(owed(to, asked !== undefined), now) : 'no case'
  // A link was asked for a moment ago: whoever asks at night is awake.
  const daytime = to && mailing.kind !== LINK ? nextDaytime(now, to.time_zone) : now
  if (because !== null || !to || !asked) await giveUp(db, held, because ?? 'no instrument')
  else if (isBefore(now, daytime)) await putOff(db, held, daytime)
  else {
    const outcome = await trySending(deps, mailing, to, asked)
    await settle(deps, mailing, held, to, outcome)
    return outcome.ok || outcome.because !== 'down'
  }
  return true
}

/** One message that cannot even be written is tried again like any other: it must not stand in the way of the rest. */
async function trySending(deps: Deps, mailing: ClaimedMailing, to: Addressee, asked: Asked): Promise<SendOutcome> {
  const { id, kind, attempts } = mailing
  const message = await compose(deps, mailing, to, asked).catch((error: unknown) => {
    deps.log.error({ mailing: id, kind, ...describeError(error) }, 'a mailing could not be written')
    return null
  })
  if (!message) return { ok: false, because: 'later', code: 'not written' }
  const outcome = await deps.mailer.send(message)
  deps.log.info(
    { mailing: id, kind, attempt: attempts, ...(outcome.ok ? {} : { failed: outcome.code }) },
    'mailing tried',
  )
  return outcome
}

type Asked = { programme: Programme; instrument: Instrument; wave: { fr: string; en: string } }

function askedOf(deps: Deps, to: Addressee): Asked | undefined {
  const programme = deps.frame.programmes.find((one) => one.programme === to.programme)
  const asked = programme && askedIn(deps, programme.programme, to.wave)
  return asked && { programme, instrument: asked.instrument, wave: asked.wave.name }
}

const owed = (to: Addressee, configured: boolean) => ({
  email: to.email,
  optedOut: to.opted_out_at !== null,
  submitted: to.submitted_on !== null,
  closesAt: to.closes_at,
  waveClosed: to.closed_at !== null,
  configured,
})

async function compose(
  { db, config }: Deps,
  mailing: ClaimedMailing,
  to: Addressee,
  { programme, instrument, wave }: Asked,
): Promise<Message> {
  const { keys, baseUrl } = config
  const [survey, stop] = await ensureLinks(db, keys.link, [
    { subject: { purpose: 'survey', subjectId: to.case_id, generation: 1 }, expiresAt: to.closes_at },
    { subject: { purpose: 'stop', subjectId: to.member_id, generation: 1 }, expiresAt: null },
  ])
  const stopLink = `${baseUrl}/u/${stop}`
  const { sender } = programme
  const domain = sender.address.split('@')[1]
  const written = invitationMail({
    kind: mailing.kind as MailKind,
    number: mailing.number,
    language: to.language,
    programme,
    wave,
    givenName: to.given_name,
    questions: mostQuestions(instrument),
    minutes: instrument.minutes,
    closesOn: to.closes_on,
    link: `${baseUrl}/s/${survey}`,
    stopLink,
  })
  return {
    ...written,
    messageId: `<${mailing.id}.${mailing.kind}.${mailing.number}@${domain}>`,
    date: mailing.due_at,
    from: { name: sender.name, address: sender.address },
    replyTo: { name: sender.name, address: sender.replyTo },
    to: to.email!,
    headers: {
      'List-Unsubscribe': `<${stopLink}>, <mailto:${sender.replyTo}?subject=stop>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': `<${programme.programme}.retour.${domain}>`,
      'Auto-Submitted': 'auto-generated',
    },
  }
}

async function settle(
  { db, clock, random }: Deps,
  mailing: ClaimedMailing,
  held: { id: string; claim: string },
  to: Addressee,
  outcome: SendOutcome,
) {
  const now = clock.now()
  if (outcome.ok) return markSent(db, held, now)
  if (outcome.because === 'refused') return giveUp(db, held, 'address refused')
  const jitter = random(1)[0]! / 255
  const again = nextAttempt({ attempts: mailing.attempts, dueAt: mailing.due_at, closesAt: to.closes_at, jitter }, now)
  return again ? putOff(db, held, again) : giveUp(db, held, 'not delivered')
}
