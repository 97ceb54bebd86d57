// Work that is shown while it goes on: each step is with its reader before the next, and needs no reader.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { jsx } from 'hono/jsx'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWeb } from './http.tsx'
import { openLog } from './logging.ts'
import { MessagePage } from './page.tsx'
import { sendProgress } from './progress.tsx'

type Work = Parameters<typeof sendProgress>[2]

const logLines: string[] = []
const log = openLog('debug', { write: (line) => void logLines.push(line) })
let work: Work
let server: ReturnType<typeof createAdaptorServer>
let socket: Socket
let received = ''

const shell: Parameters<typeof sendProgress>[1]['shell'] = (content) =>
  jsx(MessagePage, { language: 'en', title: 'Work <hr class="here"/>' }, content as never) as never
const paragraph = (text: string) => jsx('p', { class: 'end' }, text) as never

beforeEach(async () => {
  logLines.length = 0
  received = ''
  const web = createWeb(log)
  web.post('/work', (c) => sendProgress(c, { log, language: 'en', shell }, (say) => work(say)))
  web.get('/text', (c) => c.text('x'.repeat(5000)))
  server = createAdaptorServer({ fetch: web.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
})
afterEach(() => {
  socket.destroy()
  server.close()
})

const ask = (line = 'POST /work HTTP/1.1') =>
  socket.write(`${line}\r\nHost: x\r\nAccept-Encoding: gzip, br\r\nContent-Length: 0\r\n\r\n`)
/** Waits until the socket has had something; what had come by then. */
async function until(what: string): Promise<string> {
  for (let waited = 0; waited < 200 && !received.includes(what); waited++) await wait(10)
  expect(received).toContain(what)
  return received
}
const over = () => until('\r\n0\r\n\r\n')

test('the page is there before the work has done anything, and each step before the next', async () => {
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
  work = async (say) => {
    for (const [index, gate] of gates.entries()) {
      await gate.promise
      say(`step ${index}`)
    }
    return paragraph('the end')
  }
  ask()
  const head = await until('<main id="main">')
  expect(head).toMatch(/^HTTP\/1\.1 200 /)
  expect(head).toMatch(/content-type: text\/html; charset=utf-8/i)
  expect(head).not.toMatch(/content-encoding/i)
  expect(head).toContain('<!doctype html><html lang="en">')
  expect(head).not.toContain('step')
  for (const [index, gate] of gates.entries()) {
    expect(received).not.toContain(`step ${index}`)
    gate.resolve()
    await until(`<p class="step" role="status">step ${index}</p>`)
  }
  const whole = (await over()).replaceAll(/\r\n[0-9a-f]+\r\n/g, '')
  expect(whole).toContain('<p class="end">the end</p></main>')
  expect(whole).toContain('</footer></body></html>')
})

test('other pages of the same service are still compressed', async () => {
  ask('GET /text HTTP/1.1')
  expect(await until('\r\n\r\n')).toMatch(/content-encoding: gzip/i)
})

test('what a step says is text, and a title that looks like the place of the steps is not taken for it', async () => {
  work = async (say) => {
    say('<script>alert(1)</script>')
    return paragraph('<b>')
  }
  ask()
  const whole = await over()
  expect(whole).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(whole).toContain('&lt;b&gt;')
  expect(whole).not.toMatch(/<script>alert|<hr/)
  expect(whole).toContain('Work &lt;hr class=&quot;here&quot;/&gt;</h1>')
})

test('work that fails says so, in a sentence without what went wrong, and it is logged', async () => {
  work = async (say) => {
    say('one')
    throw new TypeError('cannot read SECRET')
  }
  ask()
  const whole = await over()
  expect(whole).toContain('<p class="error" role="alert">')
  expect(whole).toContain('</html>')
  expect(whole).not.toContain('SECRET')
  const failures = logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  expect(failures).toMatchObject([{ msg: 'work that was watched failed' }])
})

test.each(['goes away', 'stops reading'])('work whose reader %s is done to its end', async (how) => {
  const gone = Promise.withResolvers<void>()
  const done = Promise.withResolvers<number>()
  work = async (say) => {
    say('one')
    await gone.promise
    for (let step = 0; step < 2000; step++) {
      say(`step ${step} ${'x'.repeat(1000)}`)
      if (step % 100 === 0) await wait(1)
    }
    done.resolve(2000)
    return paragraph('the end')
  }
  ask()
  await until('>one<')
  if (how === 'goes away') socket.destroy()
  else socket.pause()
  await wait(50)
  gone.resolve()
  expect(await done.promise).toBe(2000)
  expect(logLines.filter((line) => line.includes('"level":"error"'))).toEqual([])
})

test('work may take longer than a request may', async () => {
  work = async (say) => {
    await wait(10_500)
    say('late')
    return paragraph('the end')
  }
  ask()
  await wait(10_400)
  await until('>late<')
  expect(await over()).toContain('the end')
})

test('a page that has no place for the steps is a mistake', async () => {
  const web = createWeb(log)
  const without = { log, language: 'en' as const, shell: () => paragraph('nothing') }
  web.get('/', (c) => sendProgress(c, without, async () => paragraph('the end')))
  expect((await web.request('/')).status).toBe(500)
})
