// What simulated volunteers are about to do: mails in, events in order of time out. Pure.
import { type Behaviour, type Chance, reactTo } from './behaviour.ts'

export type ReceivedMail = {
  caseId: string
  memberId: string
  matricule: string
  wave: string
  contact: number
  sentAt: Temporal.Instant
}
export type SimulatedEvent = { at: Temporal.Instant; mail: ReceivedMail; do: 'answer' | 'opt out'; breaksOff: boolean }

/** The events some mails lead to, the earliest first. */
export function eventsAfter(mails: readonly ReceivedMail[], behaviour: Behaviour, chance: Chance): SimulatedEvent[] {
  return mails
    .flatMap((mail): SimulatedEvent[] => {
      const reaction = reactTo(mail, behaviour, chance)
      if (!reaction) return []
      const at = mail.sentAt.add({ minutes: Math.round(60 * reaction.afterHours) })
      return [{ at, mail, do: reaction.do, breaksOff: reaction.do === 'answer' && reaction.breaksOff }]
    })
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at) || a.mail.matricule.localeCompare(b.mail.matricule))
}
