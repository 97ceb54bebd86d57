// What a person can ask from the command line. Each runs the same whether it opened the database itself or was handed
// over to the server that has it.
import { z } from 'zod'
import { listTokens } from './access/api-tokens.queries.ts'
import { createToken, SCOPES, withdrawToken } from './access/create-token.actions.ts'
import { auditCommand } from './audit-commands.ts'
import { listLostContacts, takeReportCommand } from './bounce-commands.ts'
import { mailCommand } from './mail-commands.ts'
import { openTextCommand } from './open-text-command.ts'
import { type ImportOutcome, importRegister } from './panel/import-register.actions.ts'
import { refusedFile } from './panel/register.ts'
import { listPlan, publishPlan, sayPreview, toBeConfirmed } from './plan-commands.ts'
import { isBefore } from './platform/clock.ts'
import { wordsIn } from './platform/i18n.ts'
import { previewCommand } from './preview-command.ts'
import { type CloseWaveOutcome, closeWave, releaseProvisionally } from './publications/close-wave.actions.ts'
import { grantPublish } from './publications/research-role.queries.ts'
import { sayVersions } from './publications/say-versions.ts'
import { storedVersions } from './publications/versions.queries.ts'
import { adminCommand } from './staff-commands.ts'
import { tick } from './tick.ts'
import type { Deps } from './waves/deps.ts'
import { planNextMembers } from './waves/plan-members.actions.ts'
import { needsConfirmation, previewDates } from './waves/publish-plan.actions.ts'

/** What to print, whether it went well, a file to leave beside the one that came in, and a page to look at. */
export type CommandResult = {
  ok: boolean
  lines: string[]
  refusedFile?: string | undefined
  html?: string | undefined
}
export type Say = (progress: string) => void

const ACTOR = 'command line'

const Import = z.strictObject({
  base64: z.string(),
  programme: z.string().optional(),
  cohort: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .optional(),
  dryRun: z.boolean(),
  confirm: z.string().optional(),
})
const Publish = z.strictObject({
  programme: z.string(),
  wave: z.string(),
  cohort: z.string(),
  early: z.boolean(),
  provisional: z.boolean().default(false),
})
const Token = z.strictObject({
  name: z.string().min(1).max(100),
  days: z.int().min(1).max(366),
  scope: z.enum(SCOPES).default('research'),
})

const commands = {
  import: async (deps: Deps, input: unknown, say: Say): Promise<CommandResult> => {
    const { base64, confirm, ...options } = Import.parse(input)
    const given = { ...options, bytes: Buffer.from(base64, 'base64'), actor: ACTOR }
    // What would move is looked at first: nothing does until somebody has seen it.
    const expected = await importRegister(deps, { ...given, dryRun: true })
    const preview = expected.ok ? await previewDates(deps, expected.redated) : null
    const isConfirmed = !preview || !needsConfirmation(preview) || confirm === preview.code
    if (options.dryRun || !isConfirmed) {
      const said = sayImport(expected, true)
      const lines =
        preview && needsConfirmation(preview)
          ? toBeConfirmed(preview, 'the same command with', confirm !== undefined && !isConfirmed)
          : []
      return {
        ok: said.ok && (options.dryRun || isConfirmed),
        lines: [...said.lines, ...lines],
        refusedFile: refusedRows(expected),
      }
    }
    const outcome = await importRegister(deps, {
      ...given,
      onProgress: (done, total, doing) => say(`${done} of ${total} rows ${doing === 'reading' ? 'read' : 'written'}`),
    })
    if (outcome.ok) while (await planNextMembers(deps)) say('planning the waves')
    const moved = preview && needsConfirmation(preview) ? sayPreview(preview) : []
    const said = sayImport(outcome, false)
    return { ...said, lines: [...moved, ...said.lines], refusedFile: refusedRows(outcome) }
  },

  publish: async (deps: Deps, input: unknown, say: Say): Promise<CommandResult> => {
    const { provisional, ...unit } = Publish.parse(input)
    const onProgress = (done: number, all: number) => say(`${done} of ${all} tables computed`)
    const about = { ...unit, actor: ACTOR, onProgress }
    return sayClosing(await (provisional ? releaseProvisionally(deps, about) : closeWave(deps, about)))
  },

  token: async (deps: Deps, input: unknown): Promise<CommandResult> => {
    const { token, expiresAt } = await createToken(deps, { ...Token.parse(input), actor: ACTOR })
    return { ok: true, lines: [`Shown once, good until ${expiresAt.toString().slice(0, 10)}:`, token] }
  },

  tokens: async ({ db, clock }: Deps): Promise<CommandResult> => {
    const all = await listTokens(db)
    const state = ({ revoked_at, expires_at }: (typeof all)[number]) =>
      revoked_at ? 'revoked' : isBefore(clock.now(), expires_at) ? 'good' : 'expired'
    const lines = all.map((token) =>
      [token.id, state(token), `until ${token.expires_at.toString().slice(0, 10)}`, token.scope, token.name].join('  '),
    )
    return { ok: true, lines: lines.length > 0 ? lines : ['No token has been made.'] }
  },

  'revoke-token': async (deps: Deps, input: unknown): Promise<CommandResult> => {
    const { id } = z.strictObject({ id: z.string() }).parse(input)
    const revoked = await withdrawToken(deps, { id, actor: ACTOR })
    const line = revoked
      ? `Taken back: ${id} opens nothing any more.`
      : `There is no good token ${id}; --list shows all.`
    return { ok: revoked, lines: [line] }
  },

  'research-role': async ({ db, config }: Deps, input: unknown): Promise<CommandResult> => {
    const { role } = z.strictObject({ role: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/) }).parse(input)
    if (!config.databaseUrl) return { ok: false, lines: ['Roles are those of a PostgreSQL server: set DATABASE_URL.'] }
    const granted = await grantPublish(db, role)
    const lines = [
      granted
        ? `${role} may read publications and nothing else: npm run research with its address in DATABASE_URL.`
        : `There is no role ${role}. Make it first: create role ${role} login password '…';`,
    ]
    return { ok: granted, lines }
  },

  tick: async (deps: Deps): Promise<CommandResult> => {
    await tick(deps)
    return { ok: true, lines: ['Done: all that was due.'] }
  },

  plan: listPlan,
  'publish-plan': publishPlan,
  mail: mailCommand,
  admin: adminCommand,
  preview: previewCommand,
  bounce: takeReportCommand,
  'lost-contacts': listLostContacts,
  'open-text': openTextCommand,
  audit: auditCommand,

  versions: async ({ db, plans }: Deps): Promise<CommandResult> => ({
    ok: true,
    lines: sayVersions(await storedVersions(db), [...plans.values()]),
  }),
}

export type CommandName = keyof typeof commands
export const isCommand = (name: string): name is CommandName => name in commands

/** Runs a command; input that is not what it takes throws a ZodError. */
export const runCommand = (deps: Deps, name: CommandName, input: unknown, say: Say): Promise<CommandResult> =>
  commands[name](deps, input, say)

const say = wordsIn('en')

function sayImport(outcome: ImportOutcome, dryRun: boolean): CommandResult {
  if (!outcome.ok) return { ok: false, lines: [sayNoImport(outcome)] }
  const { added, changed, unchanged, refused } = outcome
  const rows = added + changed + unchanged + refused.length
  const refusals = refused.map(
    ({ line, column, reason }) => `line ${line}, ${column || 'whole row'}: ${say(`import.${reason}`)}`,
  )
  const counts = `${rows} rows: ${added} added, ${changed} changed, ${unchanged} unchanged, ${refused.length} refused`
  return {
    ok: refused.length === 0,
    lines: [...refusals, ...(dryRun ? ['Dry run: nothing was written. This is what would happen:'] : []), counts],
  }
}

function sayNoImport(outcome: Exclude<ImportOutcome, { ok: true }>): string {
  switch (outcome.because) {
    case 'empty':
      return 'The file is empty.'
    case 'not a table':
      return 'The file is not a table: it must be text with one mission a line, separated by semicolons, commas or tabs.'
    case 'a spreadsheet':
      return 'The file is a spreadsheet or another office document. Open it, save it as CSV, and import that.'
    case 'a web page':
      return 'The file is a web page, or XML. If a spreadsheet opens it, save it as CSV there, and import that.'
    case 'a PDF':
    case 'an image':
      return `The file is ${outcome.because}: it must be a table saved as CSV.`
    case 'not text':
      return 'The file is not text that can be read here: save the table as CSV in UTF-8.'
    case 'repeated columns':
      return `The first row has these columns more than once: ${outcome.columns.join(', ')}.`
    case 'missing columns':
      return `The first row lacks these columns: ${outcome.columns.join(', ')}.`
    case 'unknown programme':
      return `There is no such programme. There is: ${outcome.programmes.join(', ')}.`
    case 'which programme':
      return `Say which programme with --programme: ${outcome.programmes.join(', ')}.`
    default:
      return outcome satisfies never
  }
}

const refusedRows = (outcome: ImportOutcome): string | undefined =>
  outcome.ok && outcome.refused.length > 0
    ? refusedFile(outcome.header, outcome.refused, (reason) => say(`import.${reason}`))
    : undefined

function sayClosing(outcome: CloseWaveOutcome): CommandResult {
  if (outcome.ok) return { ok: true, lines: [`Published ${outcome.publication}: ${outcome.tables} tables.`] }
  const no = (line: string): CommandResult => ({ ok: false, lines: [line] })
  switch (outcome.because) {
    case 'unknown unit':
      return no('There is no such programme, wave and cohort.')
    case 'still open':
      return no(
        `Some field periods are still open${outcome.until ? `; it closes by itself on ${outcome.until.toString().slice(0, 10)}` : ''}. To close it now all the same: --early.`,
      )
    case 'already closed':
      return no(
        outcome.publication
          ? `Already published as ${outcome.publication}; a publication never changes.`
          : 'Already closed, with nothing to publish.',
      )
    case 'already released':
      return no(`Already released as ${outcome.publication}; a wave has one provisional release.`)
    case 'mostly open':
      return no(`${outcome.over} of ${outcome.all} field periods are over; a provisional release takes half of them.`)
    case 'too few so far':
      return no('Fewer than 10 people have responded so far: nothing is released, and the wave stays open.')
    case 'too few':
      return no('Closed. Fewer than 10 people responded: nothing is published.')
    case 'no instrument':
      return no('Closed. The wave had no instrument: nothing is published.')
    case 'cell key changed':
      return no(
        'CELL_KEY is not the one earlier publications were made with: publishing with another would let their noise be averaged away. Put the old key back.',
      )
    default:
      return outcome satisfies never
  }
}
