// What a role allows: never an answer, never more by having less, never beyond its programme.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EVERY_PROGRAMME,
  type Grant,
  isRole,
  knows,
  may,
  PERMISSIONS,
  type Permission,
  ROLE_NAMES,
  ROLES,
} from './roles.ts'

const permission = fc.constantFrom(...PERMISSIONS)
const place = fc.constantFrom('tevo', 'demo', EVERY_PROGRAMME)
const grants = fc.array(fc.record({ role: fc.constantFrom(...ROLE_NAMES), programme: place }), { maxLength: 5 })
const somewhere = fc.constantFrom('tevo', 'demo', undefined)

describe('a role', () => {
  test('never allows an answer to be read', () => {
    expect(PERMISSIONS.filter((one) => /answer|response|text/.test(one))).toEqual([])
  })

  test.each([
    ['administrator', 'manage-staff', true],
    ['fieldwork', 'read-identity', true],
    ['fieldwork', 'send-mail', true],
    ['fieldwork', 'read-journal', false],
    ['fieldwork', 'manage-programmes', false],
    ['methodologist', 'edit-waves', true],
    ['methodologist', 'read-identity', false],
    ['methodologist', 'send-mail', false],
    ['researcher', 'see-instruments', true],
    ['researcher', 'see-fieldwork', false],
    ['data-protection', 'read-journal', true],
    ['data-protection', 'edit-members', false],
    ['data-protection', 'export-identity', false],
  ] as const)('%s: %s %s', (role, allowed, is) => {
    expect(may([{ role, programme: EVERY_PROGRAMME }], allowed, 'tevo')).toBe(is)
  })

  test('taken away never allows more', () => {
    fc.assert(
      fc.property(grants, permission, somewhere, fc.nat(), (all, what, where, n) => {
        const fewer = all.filter((_, index) => index !== n % Math.max(1, all.length))
        expect(may(fewer, what, where) && !may(all, what, where)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  test('in one programme allows nothing in another, nor of the whole', () => {
    fc.assert(
      fc.property(grants, permission, (all, what) => {
        const elsewhere = all.filter(({ programme }) => programme === 'demo')
        expect([may(elsewhere, what, 'tevo'), knows(elsewhere, 'tevo')]).toEqual([false, false])
      }),
      { numRuns: 1000 },
    )
    const own: Grant[] = [{ role: 'administrator', programme: 'tevo' }]
    const ofTheWhole: Permission[] = ['manage-programmes', 'manage-staff', 'read-journal']
    for (const what of ofTheWhole) expect([may(own, what), may(own, what, 'tevo')]).toEqual([false, false])
    for (const what of ROLES.fieldwork) expect([may(own, what), may(own, what, 'tevo')]).toEqual([true, true])
  })

  test('has one of five names, and no name of an object', () => {
    expect(ROLE_NAMES.filter(isRole)).toHaveLength(5)
    for (const name of ['', 'constructor', '__proto__', 'toString', 'king']) expect(isRole(name)).toBe(false)
  })
})
