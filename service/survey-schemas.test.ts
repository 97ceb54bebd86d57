// Checks that the JSON Schemas of surveys/ take its files as they stand, refuse what the service refuses, and are kept.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { surveySchemas } from './survey-schemas.ts'

const MODELINE = /^# yaml-language-server: \$schema=(.+)$/m
/** A file of surveys/ and the schema its first line names. */
const files = globSync('surveys/**/*.yaml')
  .filter((path) => !path.includes('demonstration'))
  .sort()
  .map((path) => ({ path, schema: MODELINE.exec(readFileSync(path, 'utf8'))?.[1] ?? '' }))
const schemas = surveySchemas()

/** What an editor that knows JSON Schema says of some content: whether it is in order. */
const accepts = (name: string, content: unknown): boolean =>
  z.fromJSONSchema(JSON.parse(schemas[name]!)).safeParse(content).success

const nameOf = (schema: string): string => schema.split('/').at(-1)!
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'))

describe.each(files)('$path', ({ path, schema }) => {
  test('names the schema of its kind, where it is', () => {
    expect(resolve(dirname(path), schema)).toBe(resolve('surveys/schemas', nameOf(schema)))
    expect(Object.keys(schemas)).toContain(nameOf(schema))
  })

  test('is in order by its schema, and by no other', () => {
    expect(accepts(nameOf(schema), read(path))).toBe(true)
    const others = Object.keys(schemas).filter((name) => name !== nameOf(schema))
    expect(others.filter((name) => accepts(name, read(path)))).toEqual([])
  })

  test('is not in order any more with a misspelt key, whichever object it stands in', () => {
    const content = read(path)
    const objects = objectsIn(content)
    expect(objects.length).toBeGreaterThan(0)
    for (const object of objects) {
      const [key] = Object.keys(object)
      const own = { ...object }
      delete object[key!]
      object[`${key}z`] = own[key!]
      expect([own, accepts(nameOf(schema), content)]).toEqual([own, false])
      delete object[`${key}z`]
      Object.assign(object, own)
    }
    expect(accepts(nameOf(schema), content)).toBe(true)
  })
})

/** Every object in some content whose keys are fixed: a code list has codes of its own. */
function objectsIn(content: unknown): Record<string, unknown>[] {
  if (typeof content !== 'object' || content === null) return []
  if (Array.isArray(content)) return content.flatMap(objectsIn)
  const object = content as Record<string, unknown>
  const inner = Object.entries(object).flatMap(([key, value]) => (key === 'codeLists' ? [] : objectsIn(value)))
  return [object, ...inner]
}

test('every kind of file has its schema, and every schema a file', () => {
  expect(new Set(files.map(({ schema }) => nameOf(schema)))).toEqual(new Set(Object.keys(schemas)))
})

test('what may be left out is not asked for, and descriptions reach the editor', () => {
  const item = { item: 'JOB', type: 'country', text: { fr: 'Où ?', en: 'Where?' } }
  const file = (more: object) => ({ module: 'one', title: { fr: 'Un', en: 'One' }, items: [{ ...item, ...more }] })
  expect(accepts('items.schema.json', file({}))).toBe(true)
  for (const wrong of [{ core: 'yes' }, { type: 'contry' }, { text: { fr: 'Où ?' } }, { item: 'job' }, { options: [] }])
    expect([wrong, accepts('items.schema.json', file(wrong))]).toEqual([wrong, false])
  expect(schemas['items.schema.json']).toContain('"description": "A stable code; never used again')
})

describe('npm run check', () => {
  const root = mkdtempSync(join(tmpdir(), 'retour-check-'))
  beforeEach(() => cpSync('surveys', join(root, 'surveys'), { recursive: true }))
  afterAll(() => rmSync(root, { recursive: true }))

  const check = () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), resolve('scripts/check-surveys.ts')],
      { cwd: root, encoding: 'utf8' },
    )
    return { status, stdout, stderr }
  }

  test('finds surveys/ in order, with its schemas as they are', () => {
    expect(check()).toMatchObject({ status: 0, stdout: expect.stringContaining('6 instruments'), stderr: '' })
  })

  test('says which schema is not the one the files are read by', () => {
    appendFileSync(join(root, 'surveys/schemas/plan.schema.json'), '\n')
    expect(check()).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^surveys\/schemas\/plan\.schema\.json:1: .*npm run schemas/),
    })
  })

  test('says which schema is missing', () => {
    rmSync(join(root, 'surveys/schemas/items.schema.json'))
    expect(check()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('surveys/schemas/items.schema.json:1: '),
    })
  })
})
