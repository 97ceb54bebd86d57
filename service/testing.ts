// The whole service for tests: the real surveys/, a programme, and a register of as many missions as are asked for.
import { storeVersions } from './instruments/store-versions.actions.ts'
import { importRegister } from './panel/import-register.actions.ts'
import { storeProgrammes } from './panel/programmes.queries.ts'
import { COLUMNS, OPTIONAL_COLUMNS } from './panel/register.ts'
import { dayOf, systemClock } from './platform/clock.ts'
import { type Engine, openTestPlatform, type TestPlatform } from './platform/testing.ts'
import { loadSurveys } from './surveys.ts'
import type { Deps } from './waves/deps.ts'
import { planNextMembers } from './waves/plan-members.actions.ts'

export type TestService = TestPlatform & Deps

/** Everything a process has after opening, on a fresh database. */
export async function openTestService(engine: Engine, now: string, databaseFolder?: string): Promise<TestService> {
  const platform = await openTestPlatform(engine, now, databaseFolder)
  const surveys = loadSurveys('surveys', { demonstration: false })
  await storeProgrammes(platform.db, surveys.frame.programmes)
  await storeVersions(platform, surveys.bank)
  return { ...platform, ...surveys }
}

type Cells = Partial<Record<(typeof COLUMNS | typeof OPTIONAL_COLUMNS)[number], string>>

const ANA: Record<(typeof COLUMNS)[number], string> = {
  matricule: 'TEVO1-0001',
  prenom: 'Ana',
  nom: 'Ndiaye',
  courriel: 'ana@example.org',
  courriel_secondaire: '',
  telephone: '',
  langue: 'fr',
  fuseau_horaire: 'Africa/Dakar',
  genre: 'F',
  annee_naissance: '2001',
  dispositif: 'SCI',
  direction: 'ENVOI',
  collectivite: 'Ville 01',
  collectivite_siren: '212345678',
  collectivite_type: 'COMMUNE',
  collectivite_premiere_fois: 'INTL',
  operateur_code: 'FV',
  operateur: 'France Volontaires',
  pays_mission: 'SN',
  pays_origine: 'FR',
  objectif_cicid: 'CICID23-03',
  date_depart: '2026-01-15',
  date_retour_prevue: '2026-09-15',
  date_retour_effective: '2026-09-15',
}

/** A register as a file, one row per mission, each Ana's but for the cells given; it has the optional columns some row uses. */
export function registerOf(rows: readonly Cells[]): Uint8Array {
  const columns = [...COLUMNS, ...OPTIONAL_COLUMNS.filter((column) => rows.some((row) => row[column] !== undefined))]
  const lines = rows.map((row) => {
    const cells: Cells = { ...ANA, ...row }
    return columns.map((column) => cells[column] ?? '').join(';')
  })
  return new TextEncoder().encode([columns.join(';'), ...lines].join('\r\n'))
}

/** Imports missions and plans their waves. */
export async function enrol(service: TestService, rows: readonly Cells[]): Promise<void> {
  const outcome = await importRegister(service, { bytes: registerOf(rows), programme: 'tevo', actor: 'test' })
  if (!outcome.ok || outcome.refused.length > 0) throw new Error(`the register was refused: ${JSON.stringify(outcome)}`)
  while (await planNextMembers(service)) {}
}

/** Members whose W1 opened yesterday by the real clock, in a place where it is the middle of the day. */
export async function enrolDueNow(service: TestService, count: number): Promise<void> {
  const now = systemClock.now()
  const eastOfGreenwich = 12 - now.toZonedDateTimeISO('UTC').hour
  // The sign of these names is the other way round.
  const fuseau_horaire = `Etc/GMT${eastOfGreenwich > 0 ? '-' : '+'}${Math.abs(eastOfGreenwich)}`
  const rows = Array.from({ length: count }, (_, index) => ({
    matricule: `TEVO1-${index}`,
    courriel: `v${index}@example.org`,
    fuseau_horaire,
  }))
  await enrol(service, rows)
  const today = dayOf(now)
  await service.db.updateTable('fieldwork.case').set({ next_contact_at: null }).execute()
  await service.db
    .updateTable('fieldwork.case')
    .set({
      opens_on: today.subtract({ days: 1 }),
      closes_on: today.add({ days: 40 }),
      opens_at: now.subtract({ hours: 24 }),
      closes_at: now.add({ hours: 24 * 40 }),
      next_contact_at: now.subtract({ hours: 1 }),
    })
    .where('wave', '=', 'w1')
    .execute()
}
