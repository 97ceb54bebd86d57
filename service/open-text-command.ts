// What somebody with the permission for it asks at a terminal: what people wrote. It prints the texts and nothing else.
import { z } from 'zod'
import type { CommandResult } from './commands.ts'
import { FEWEST_TEXTS, type NoOpenText, readOpenText } from './publications/read-open-text.actions.ts'
import type { Deps } from './waves/deps.ts'

const OpenText = z.strictObject({
  token: z.string(),
  programme: z.string(),
  wave: z.string(),
  cohort: z.string(),
  item: z.string(),
})

/** `open-text`: what volunteers of a closed unit wrote about an item, a line each. */
export async function openTextCommand(deps: Deps, input: unknown): Promise<CommandResult> {
  const outcome = await readOpenText(deps, OpenText.parse(input))
  return outcome.ok ? { ok: true, lines: outcome.texts } : { ok: false, lines: [sayNoText(outcome)] }
}

const HOW = 'npm run token -- --name WHO --scope read-open-text'

function sayNoText(outcome: NoOpenText): string {
  switch (outcome.because) {
    case 'no token':
      return `Reading what people wrote takes a token in RETOUR_TOKEN, where no shell remembers it: read -rs RETOUR_TOKEN; export RETOUR_TOKEN. One is made by: ${HOW}`
    case 'unknown token':
      return 'What is in RETOUR_TOKEN is not a token that was given here.'
    case 'revoked token':
      return 'This token has been taken back.'
    case 'other scope':
      return `This token opens something else. Reading what people wrote takes one for just that: ${HOW}`
    case 'expired token':
      return `This token has expired. Another is made by: ${HOW}`
    case 'unknown unit':
      return 'There is no such programme, wave and cohort.'
    case 'unknown item':
      return outcome.items.length > 0
        ? `The wave has no such item that takes a text. It has: ${outcome.items.join(', ')}.`
        : 'The wave has no item that takes a text.'
    case 'not closed':
      return 'The wave is not closed for this cohort yet: what people wrote is read afterwards.'
    case 'closed today':
      return 'The wave was closed today, while some could still answer: what people wrote is read from tomorrow on (UTC).'
    case 'too few':
      return `Fewer than ${FEWEST_TEXTS} people wrote something: nothing is shown.`
    default:
      return outcome satisfies never
  }
}
