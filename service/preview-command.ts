// What a person asks before a mail goes out at a terminal: how it reads to one of its readers.
import { z } from 'zod'
import type { CommandResult } from './commands.ts'
import { type NoPreview, previewMail } from './mailings/preview-mail.actions.ts'
import { LANGUAGES } from './platform/i18n.ts'
import type { Deps } from './waves/deps.ts'

const Preview = z.strictObject({
  programme: z.string().optional(),
  member: z.string(),
  wave: z.string(),
  kind: z.string(),
  number: z.int().min(1).max(99),
  language: z.enum(LANGUAGES).optional(),
  to: z.string().optional(),
})

/** `preview`: says what a mail would say to a member, with links that open nothing; sends it to whoever asks. */
export async function previewCommand(deps: Deps, input: unknown): Promise<CommandResult> {
  const { member: matricule, ...wanted } = Preview.parse(input)
  const outcome = await previewMail(deps, { ...wanted, matricule, actor: 'command line' })
  if (!outcome.ok) return { ok: false, lines: [sayNoPreview(outcome)] }
  const { subject, text, html } = outcome
  const sent = wanted.to === undefined ? [] : [`Sent to ${wanted.to}.`]
  return { ok: true, lines: [`Subject: ${subject}`, '', ...text.trimEnd().split('\n'), ...sent], html }
}

function sayNoPreview(outcome: NoPreview): string {
  switch (outcome.because) {
    case 'unknown programme':
      return `There is no such programme. There is: ${outcome.programmes.join(', ')}.`
    case 'which programme':
      return `Say which programme with --programme: ${outcome.programmes.join(', ')}.`
    case 'unknown kind':
      return `There is no such kind of mail. There is: ${outcome.kinds.join(', ')}.`
    case 'unknown wave':
      return `There is no such wave. There is: ${outcome.waves.join(', ')}.`
    case 'no instrument':
      return 'The wave has no instrument yet: nothing is sent about it.'
    case 'unknown member':
      return 'Nobody in the programme has this matricule.'
    case 'not planned':
      return 'This wave is not planned for this member.'
    case 'malformed address':
      return 'What --to has is not one e-mail address.'
    case 'not sent':
      return `The mail server did not take it (${outcome.code}).`
    default:
      return outcome satisfies never
  }
}
