// Checks which cohort a mission belongs to, and what a programme may say; must not know members.
import { expect, test } from 'vitest'
import { cohortOf, Programme } from './frame.ts'

const text = { fr: 'Programme', en: 'Programme' }
const file = {
  programme: 'demo',
  name: text,
  controller: {
    name: 'Organisation',
    address: '1 place de la Mairie, Paris',
    contact: 'suivi@exemple.fr',
    dataProtectionOfficer: 'dpo@exemple.fr',
  },
  legalBasis: 'public_task',
  sender: { name: 'Claire', address: 'suivi@exemple.fr', replyTo: 'suivi@exemple.fr' },
  plan: 'standard',
  cohorts: {
    phases: [
      { cohort: 'phase-1', matricules: 'DEMO1-' },
      { cohort: 'phase-1-bis', matricules: 'DEMO1-B' },
    ],
    otherwise: 'planned return year',
  },
  publish: { by: [], changeBy: [] },
}
const programme = Programme.parse(file)

test.each([
  ['DEMO1-0001', '2026-12-31', 'phase-1'],
  ['DEMO1-B001', '2026-12-31', 'phase-1'],
  ['DEMO2-0001', '2026-12-31', '2026'],
  ['DEMO2-0001', '2027-01-01', '2027'],
  ['demo1-0001', '2027-01-01', '2027'],
  ['XDEMO1-001', '2027-01-01', '2027'],
])(
  'the mission %s, planned to return on %s, is of the cohort %s: the first phase, else the year',
  (matricule, date, cohort) => {
    expect(cohortOf(programme, { matricule, plannedReturnOn: Temporal.PlainDate.from(date) })).toBe(cohort)
  },
)

test('a programme without phases goes by the planned return alone, and is real unless it says otherwise', () => {
  const plain = Programme.parse({ ...file, cohorts: { otherwise: 'planned return year' } })
  expect(cohortOf(plain, { matricule: 'DEMO1-0001', plannedReturnOn: Temporal.PlainDate.from('2028-06-01') })).toBe(
    '2028',
  )
  expect(plain.demonstration).toBe(false)
})

test.each([
  ['a slug in capitals', { programme: 'DEMO' }, 'programme'],
  ['a sender without domain', { sender: { ...file.sender, address: 'suivi' } }, 'sender.address'],
  ['a legal basis of its own', { legalBasis: 'curiosity' }, 'legalBasis'],
  ['a name without its French', { name: { en: 'Programme' } }, 'name.fr'],
  ['another cohort rule', { cohorts: { otherwise: 'effective return year' } }, 'cohorts.otherwise'],
  [
    'a phase that would take every mission',
    { cohorts: { ...file.cohorts, phases: [{ cohort: 'phase-1', matricules: '' }] } },
    'cohorts.phases.0.matricules',
  ],
  ['a misspelt key', { cohort: {} }, ''],
])('%s is refused where it stands', (_, change, path) => {
  expect(Programme.safeParse({ ...file, ...change }).error?.issues[0]?.path.join('.')).toBe(path)
})
