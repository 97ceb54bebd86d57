// Sends what is owed, one message at a time: claim, send, mark. Never inside a transaction.
// A crash between sending and marking repeats one message under the same Message-ID; a crash before loses nothing.
import { setTimeout as wait } from 'node:timers/promises'
import { ensureLinks } from '../access/personal-links.queries.ts'
import { type Instrument, mostQuestions } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { isBefore } from '../platform/clock.ts'
import { describeError } from '../platform/logging.ts'
import type { Message, SendOutcome } from '../platform/mailer.ts'
import { randomId, sameBytes, sha256 } from '../platform/secrets.ts'
import { addressHash, deriveLinkToken, returnPath } from '../platform/tokens.ts'
import { nextDaytime, TOO_LATE } from '../waves/contacts.ts'
import { askedIn, type Deps, mailTextsOf } from '../waves/deps.ts'
import { mailLinks } from '../waves/mail-links.ts'
import type { MailTexts } from '../waves/mail-texts.ts'
import { countDue, endRest, rest } from './brakes.queries.ts'
import { LINK, MOST_UNWRITTEN, nextAttempt, restAfter, UNKNOWN_REST, whyNot } from './delivery.ts'
import { awaitsCanary, brakeFailures, brakeRefused, isWarmingUp } from './hold-mail.actions.ts'
import {
  type ClaimedMailing,
  claimNextMailing,
  giveUp,
  type Held,
  markRefused,
  markSent,
  putBack,
  putInDoubt,
  putOff,
  type Sent,
  thinkAgain,
} from './mailings.queries.ts'
import { plannedMail } from './planned.mails.tsx'
import { recordBounce } from './take-report.actions.ts'

/**
 * Sends all that is due, several messages at a time, until nothing is left that may go now. `isDraining` is asked
 * between any two. Always false: nothing is left.
 */
export async function sendDueMailings(deps: Deps, isDraining: () => boolean = () => false): Promise<boolean> {
  if ((await countDue(deps.db, deps.clock.now(), 1)) === 0) return false
  const sender = async () => {
    let last: Sending = { goesOn: true, sent: null }
    try {
      while (last.goesOn && !isDraining()) last = await sendNext(deps, last.sent)
    } finally {
      if (last.sent) await markSurely(deps, last.sent)
    }
  }
  await Promise.all(Array.from({ length: deps.config.mail.senders }, sender))
  return false
}

/**
 * Sends, puts off, or gives up with a reason, the mailing that has been due longest. False when none may go: none is
 * due, mail is held, or the mail server does not talk to us.
 */
export async function sendNextMailing(deps: Deps): Promise<boolean> {
  const { goesOn, sent } = await sendNext(deps, null)
  if (sent) await markSurely(deps, sent)
  return goesOn
}

const MARKED_AGAIN_AFTER = 1_000
const MOST_MARKINGS = 10

/** A database that is just starting again is waited for: what is not written down is sent once more. */
async function markSurely({ db, log }: Deps, sent: Sent): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await markSent(db, sent)
      return
    } catch (error) {
      log.error({ mailing: sent.id, tries, ...describeError(error) }, 'what has gone could not be written down')
      if (tries === MOST_MARKINGS) throw error
      await wait(MARKED_AGAIN_AFTER)
    }
  }
}

/** Whether another may be tried, and what has gone and is still to be written down: by the next claim, or alone. */
type Sending = { goesOn: boolean; sent: Sent | null }
const GO_ON: Sending = { goesOn: true, sent: null }
const STOP: Sending = { goesOn: false, sent: null }

async function sendNext(deps: Deps, sent: Sent | null): Promise<Sending> {
  const { db, clock, config } = deps
  if (await isWarmingUp(deps)) return { goesOn: false, sent }
  const now = clock.now()
  const claim = randomId()
  const { lease, perSecond, perSecondAndDomain } = config.mail
  const mailing = await claimNextMailing(db, {
    claim,
    now,
    until: now.add({ milliseconds: lease }),
    environment: deps.environment,
    pace: { all: perSecond && 1 / perSecond, lane: perSecondAndDomain && 1 / perSecondAndDomain },
    sent,
  })
  if (!mailing) return STOP
  const held = { id: mailing.id, claim }
  // Others may have claimed one too many at the same time: whoever asks first again has it.
  if (await isWarmingUp(deps, 1)) {
    await putBack(db, held, now)
    return GO_ON
  }

  // Asked again now: the member may have answered or opted out since the mailing was planned.
  const asked = askedOf(deps, mailing)
  const because = whyNotNow(mailing, asked, now)
  // A link was asked for a moment ago: whoever asks at night is awake.
  const daytime = mailing.kind === LINK ? now : nextDaytime(now, mailing.time_zone)
  if (because !== null || !asked) await drop(deps, mailing, held, because ?? 'no instrument')
  else if (isBefore(now, daytime)) await putBack(db, held, daytime)
  else if (
    mailing.kind === 'invitation' &&
    (await awaitsCanary(deps, { ...mailing, programme: asked.programme.programme }))
  )
    await putBack(db, held, now)
  else return settle(deps, mailing, held, await trySending(deps, mailing, asked))
  return GO_ON
}

/** What a mailing is about, and the words in force as it was claimed: it goes as it was, whatever is saved meanwhile. */
type Asked = { programme: Programme; instrument: Instrument; wave: { fr: string; en: string }; texts: MailTexts }

function askedOf(deps: Deps, { programme: name, wave }: ClaimedMailing): Asked | undefined {
  const programme = deps.frame.programmes.find(({ programme }) => programme === name)
  const asked = programme && wave ? askedIn(deps, programme.programme, wave) : undefined
  if (!programme || !asked) return undefined
  const texts = mailTextsOf(deps, programme.programme)
  return { programme, instrument: asked.instrument, wave: asked.wave.name, texts }
}

const whyNotNow = (mailing: ClaimedMailing, asked: Asked | undefined, now: Temporal.Instant): string | null =>
  mailing.closes_at === null
    ? 'no case'
    : whyNot(
        {
          kind: mailing.kind,
          email: mailing.email,
          optedOut: mailing.opted_out_at !== null,
          submitted: mailing.submitted_on !== null,
          closesAt: mailing.closes_at,
          lateAt: mailing.late_at,
          waveClosed: mailing.closed_at !== null,
          configured: asked !== undefined,
        },
        now,
      )

/** What was held back too long leaves its case to be thought about again. */
async function drop({ db, clock }: Deps, { case_id }: ClaimedMailing, held: Held, because: string): Promise<void> {
  await giveUp(db, held, because)
  if (because === TOO_LATE && case_id) await thinkAgain(db, case_id, clock.now())
}

/** One message that cannot even be written is tried again like any other: it must not stand in the way of the rest. */
async function trySending(deps: Deps, mailing: ClaimedMailing, asked: Asked): Promise<SendOutcome | 'not written'> {
  const { id, kind, attempts } = mailing
  const message = await compose(deps, mailing, asked).catch((error: unknown) => {
    deps.log.error({ mailing: id, kind, ...describeError(error) }, 'a mailing could not be written')
    return null
  })
  if (!message) return 'not written'
  const outcome = await deps.mailer.send(message)
  deps.log.info(
    { mailing: id, kind, attempt: attempts, ...(outcome.ok ? {} : { failed: outcome.code }) },
    'mailing tried',
  )
  return outcome
}

async function compose(
  deps: Deps,
  mailing: ClaimedMailing,
  { programme, instrument, wave, texts }: Asked,
): Promise<Message> {
  const { keys, baseUrl, mail } = deps.config
  const { survey, stop } = await linksOf(deps, mailing)
  const stopLink = `${baseUrl}/u/${stop}`
  const { sender } = programme
  const domain = sender.address.split('@')[1]
  const written = plannedMail({
    kind: mailing.kind,
    number: mailing.number,
    language: mailing.language,
    programme,
    wave,
    givenName: mailing.given_name ?? '',
    questions: mostQuestions(instrument),
    minutes: instrument.minutes,
    closesOn: mailing.closes_on!,
    nextOn: mailing.next_opens_on,
    link: `${baseUrl}/s/${survey}`,
    stopLink,
    texts,
  })
  return {
    ...written,
    messageId: `<${mailing.id}.${mailing.kind}.${mailing.number}@${domain}>`,
    date: mailing.due_at,
    from: { name: sender.name, address: sender.address },
    replyTo: { name: sender.name, address: sender.replyTo },
    returnPath: mail.bounceAddress ? returnPath(keys.link, mail.bounceAddress, mailing.id) : undefined,
    to: mailing.email!,
    headers: {
      'List-Unsubscribe': `<${stopLink}>, <mailto:${sender.replyTo}?subject=stop>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': `<${programme.programme}.retour.${domain}>`,
      'Auto-Submitted': 'auto-generated',
    },
  }
}

/** The tokens of a mailing's links, which open: they do already, unless they were asked for or the key is another. */
async function linksOf({ db, config }: Deps, mailing: ClaimedMailing): Promise<{ survey: string; stop: string }> {
  const { case_id, closes_at, survey_hash, stop_hash } = mailing
  const links = mailLinks({ ...mailing, case_id: case_id!, closes_at: closes_at! })
  const [survey, stop] = links.map(({ subject }) => deriveLinkToken(config.keys.link, subject)) as [string, string]
  const isKnown = (hash: Uint8Array | null, token: string) => hash !== null && sameBytes(hash, sha256(token))
  if (!isKnown(survey_hash, survey) || !isKnown(stop_hash, stop)) await ensureLinks(db, config.keys.link, links)
  return { survey, stop }
}

/** Writes down what became of a message, unless it has gone: that is left to the next claim. */
async function settle(
  deps: Deps,
  mailing: ClaimedMailing,
  held: Held,
  outcome: SendOutcome | 'not written',
): Promise<Sending> {
  const { db, clock, config } = deps
  const at = clock.now()
  const to = addressHash(config.keys.link, mailing.email!)
  if (outcome === 'not written') {
    if (mailing.attempts >= MOST_UNWRITTEN) await giveUp(db, held, 'cannot be written', at)
    else await tryLater(deps, mailing, held, at)
    return GO_ON
  }
  if (outcome.ok) {
    if (mailing.rests > 0) await endRest(db)
    return { goesOn: true, sent: { ...held, at, to } }
  }
  switch (outcome.because) {
    case 'refused':
      await refuse(deps, mailing, held, { at, to, code: outcome.code })
      return GO_ON
    case 'down':
      return restFrom(deps, held, at)
    case 'ours':
      if (!config.mail.brakes) return restFrom(deps, held, at)
      await putBack(db, held, at)
      await brakeRefused(deps, outcome.code)
      return STOP
    case 'unknown':
      if (mailing.unknown_at === null) await putInDoubt(db, held, { at, until: at.add(UNKNOWN_REST), to })
      else await giveUp(db, held, 'outcome unknown', at)
      break
    case 'later':
    case 'full':
      await tryLater(deps, mailing, held, at)
      break
    default:
      return outcome.because satisfies never
  }
  if (config.mail.brakes) await brakeFailures(deps)
  return GO_ON
}

/** Nothing is wrong with the message: it stays first in line, and the server is left in peace for a while. */
async function restFrom({ db }: Deps, held: Held, at: Temporal.Instant): Promise<Sending> {
  await putBack(db, held, at)
  await rest(db, { now: at, until: (rests) => at.add(restAfter(rests)) })
  return STOP
}

async function tryLater(
  { db, random }: Deps,
  mailing: ClaimedMailing,
  held: Held,
  at: Temporal.Instant,
): Promise<void> {
  const ends = [mailing.closes_at, mailing.late_at].filter((one) => one !== null).toSorted(Temporal.Instant.compare)
  const jitter = random(1)[0]! / 255
  const again = nextAttempt({ attempts: mailing.attempts, dueAt: mailing.due_at, endsAt: ends[0]!, jitter }, at)
  if (again) await putOff(db, held, again, at)
  else await giveUp(db, held, 'not delivered', at)
}

async function refuse(
  deps: Deps,
  { id, attempts }: ClaimedMailing,
  held: Held,
  { at, to, code }: { at: Temporal.Instant; to: Uint8Array; code: string },
): Promise<void> {
  // Whoever has taken it over meanwhile hears for themselves.
  if (!(await markRefused(deps.db, held, { at, to }))) return
  const status = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(code)?.[0] ?? '5.1.1'
  await recordBounce(deps, { mailingId: id, kind: 'hard', status, source: 'smtp', report: `smtp ${id} ${attempts}` })
}
