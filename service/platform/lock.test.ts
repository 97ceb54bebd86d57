// One process at a time on an embedded database's folder, and none kept out by one that is dead.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './lock.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retour-lock-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Another process that tries for the lock, says whether it has it, and stays. */
async function anotherProcess(): Promise<{ child: ChildProcess; says: string; milliseconds: number }> {
  const program = `
    const { lockFolder } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)})
    const before = performance.now()
    const lock = lockFolder(${JSON.stringify(folder)})
    console.log(JSON.stringify({ says: lock ? 'mine' : 'taken', milliseconds: performance.now() - before }))
    setInterval(() => lock, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await once(child.stdout!, 'data')
  return { child, ...JSON.parse(String(line)) }
}

const kill = async (child: ChildProcess) => {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('the same process gets the lock once, and again after it has let go', () => {
  const lock = lockFolder(folder)
  expect(lock).not.toBeNull()
  expect(lockFolder(folder)).toBeNull()
  expect(lockFolder(folder)).toBeNull()
  lock!.release()
  const again = lockFolder(folder)
  expect(again).not.toBeNull()
  again!.release()
})

test('two folders have two locks', () => {
  const other = mkdtempSync(join(tmpdir(), 'retour-lock-'))
  const locks = [lockFolder(folder), lockFolder(other)]
  expect(locks.every((lock) => lock !== null)).toBe(true)
  for (const lock of locks) lock?.release()
  rmSync(other, { recursive: true })
})

test('another process is refused at once while this one has it, and gets it afterwards', async () => {
  const lock = lockFolder(folder)
  const refused = await anotherProcess()
  expect(refused.says).toBe('taken')
  expect(refused.milliseconds).toBeLessThan(1_000)
  lock!.release()
  expect((await anotherProcess()).says).toBe('mine')
})

test('this process is refused while another has it, until that one is killed', async () => {
  const { child, says } = await anotherProcess()
  expect(says).toBe('mine')
  expect(lockFolder(folder)).toBeNull()
  await kill(child)
  const lock = lockFolder(folder)
  expect(lock).not.toBeNull()
  lock!.release()
})

test('an owner killed ten times over keeps nobody out', async () => {
  for (let time = 0; time < 10; time++) {
    const { child, says } = await anotherProcess()
    expect(says).toBe('mine')
    await kill(child)
  }
})

test('of ten processes at once exactly one gets it', async () => {
  const said = await Promise.all(Array.from({ length: 10 }, anotherProcess))
  expect(said.map(({ says }) => says).sort()).toEqual(['mine', ...Array(9).fill('taken')])
})

test('a folder that cannot be written to is an error, and not a lock that somebody has', () => {
  expect(() => lockFolder(join(folder, 'missing'))).toThrow()
})
