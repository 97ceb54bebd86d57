// A mail as it would reach somebody who does not exist: for whoever writes its words. Its links open nothing. Pure.

import { mostQuestions } from '../instruments/instrument.ts'
import type { PlannedMailProps } from '../mailings/planned.mails.tsx'
import type { Programme } from '../panel/frame.ts'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { askedIn, planOf, type Surveys } from '../waves/deps.ts'
import { OPENS_NOTHING } from '../waves/mail-links.ts'
import type { MailTexts } from '../waves/mail-texts.ts'
import type { NamedMail } from '../waves/saved-texts.ts'

/** What a questionnaire costs while no wave of the plan has one. */
const UNKNOWN_COST = { questions: 30, minutes: 5 }
const OPEN_FOR = { weeks: 6 }
const NEXT_IN = { months: 5 }

type Wanted = {
  programme: Programme
  mail: NamedMail
  texts: MailTexts
  language: Language
  today: Temporal.PlainDate
  baseUrl: string
}

/** What a mail of a programme is written from, about the first of its waves that has a questionnaire. */
export function exampleOf(
  surveys: Pick<Surveys, 'frame' | 'bank' | 'plans'>,
  { programme, mail: { kind, number }, texts, language, today, baseUrl }: Wanted,
): PlannedMailProps {
  const { waves } = planOf(surveys, programme.programme)
  const asked = waves.map(({ wave }) => askedIn(surveys, programme.programme, wave)).find((one) => one !== undefined)
  const cost = asked ? { questions: mostQuestions(asked.instrument), minutes: asked.instrument.minutes } : UNKNOWN_COST
  return {
    texts,
    kind,
    number,
    language,
    programme,
    wave: (asked?.wave ?? waves[0]!).name,
    givenName: wordsIn(language)('texts.example.name'),
    ...cost,
    closesOn: today.add(OPEN_FOR),
    nextOn: today.add(NEXT_IN),
    link: `${baseUrl}/s/${OPENS_NOTHING}`,
    stopLink: `${baseUrl}/u/${OPENS_NOTHING}`,
  }
}
