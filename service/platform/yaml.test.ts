// Checks that a file somebody wrote is read, or that every line at fault is named.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { FileError, readYaml } from './yaml.ts'

const folder = mkdtempSync(join(tmpdir(), 'retour-yaml-'))
afterAll(() => rmSync(folder, { recursive: true }))

const Plan = z.strictObject({
  plan: z.string(),
  waves: z.array(z.strictObject({ wave: z.string(), days: z.int('not a whole number') })).min(1, 'no wave'),
})

function read(text: string) {
  const path = join(folder, 'plan.yaml')
  writeFileSync(path, text)
  return readYaml(path, Plan)
}

/** What is said of a file, without the folder it is in. */
function problemsOf(text: string): string[] {
  try {
    read(text)
    return []
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    return error.message.replaceAll(`${folder}/`, '').split('\n')
  }
}

test('a file that is what it should be is read, comments and all', () => {
  expect(read('# two waves\nplan: short\nwaves:\n  - { wave: w0, days: 15 }\n  - wave: w1\n    days: 42\n')).toEqual({
    plan: 'short',
    waves: [
      { wave: 'w0', days: 15 },
      { wave: 'w1', days: 42 },
    ],
  })
})

test('a value at fault is named by its line and its place, in LF and in CRLF', () => {
  const text = 'plan: short\nwaves:\n  - { wave: w0, days: 15 }\n  - wave: w1\n    days: many\n'
  const problem = ['plan.yaml:5: waves.1.days: not a whole number']
  expect(problemsOf(text)).toEqual(problem)
  expect(problemsOf(text.replaceAll('\n', '\r\n'))).toEqual(problem)
})

test('every value at fault is named', () => {
  expect(problemsOf('plan: short\nwaves:\n  - { wave: w0, days: 1.5 }\n  - { wave: w1, days: many }\n')).toEqual([
    'plan.yaml:3: waves.0.days: not a whole number',
    'plan.yaml:4: waves.1.days: not a whole number',
  ])
})

test('what is missing is named by the line of what should hold it', () => {
  expect(problemsOf('plan: short\nwaves:\n  - wave: w0\n    days: 15\n  - wave: w1\n')).toEqual([
    'plan.yaml:5: waves.1.days: not a whole number',
  ])
})

test('a key that does not exist is named', () => {
  expect(problemsOf('plan: short\nwave: w0\nwaves: []\n')).toEqual([
    'plan.yaml:3: waves: no wave',
    expect.stringMatching(/^plan\.yaml:1: .*"wave"/),
  ])
})

test.each([
  ['a quote that is never closed', 'plan: "short\nwaves: []\n', /^plan\.yaml:\d+: .*quote/i],
  ['a key that stands twice', 'plan: short\nplan: long\n', /^plan\.yaml:2: .*unique/],
  ['a tab', 'plan: short\nwaves:\n\t- w0\n', /^plan\.yaml:3: .*tab/i],
])('%s is named by its line', (_, text, problem) => {
  expect(problemsOf(text)[0]).toMatch(problem)
})

test.each([
  ['an empty file', ''],
  ['a list', '- short\n'],
  ['a word', 'short\n'],
])('%s is refused on its first line', (_, text) => {
  expect(problemsOf(text)).toEqual([expect.stringMatching(/^plan\.yaml:1: /)])
})

test('a word of YAML 1.1 is a word, not a truth value', () => {
  expect(read('plan: NO\nwaves: [{ wave: on, days: 15 }]\n')).toMatchObject({ plan: 'NO', waves: [{ wave: 'on' }] })
})
