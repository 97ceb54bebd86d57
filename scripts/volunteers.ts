// The volunteers of npm run bench, a process of their own: each has a link and keeps its cookie, reads every page whole
// and compressed, and sends what its form asks.
import { Agent, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export type Job = {
  /** `open` the links, `ask` for a bare answer, `view` a page, `save` one, or `submit` whole waves. */
  do: 'open' | 'ask' | 'view' | 'save' | 'submit'
  links: string[]
  port?: number
  inFlight?: number
  seconds?: number
}
export type Done = {
  /** Milliseconds, one for each time it was done. */
  times: number[]
  /** What the first volunteer asked for, and how many bytes came back. */
  first: Visit[]
  failed?: string
}
type Visit = { path: string; bytes: number }
type Volunteer = { link: string; cookie: string; form: string; visits: Visit[] }

const PAGE = '/s/1?lang=fr'
const agent = new Agent({ keepAlive: true })
const opened = new Map<string, Volunteer>()
let port = 0

process.on('message', async (job: Job) => {
  port = job.port ?? port
  const done = await work(job).catch((error: Error) => ({ times: [], first: [], failed: error.message }))
  process.send?.(done satisfies Done)
})

async function work({ do: what, links, inFlight = 1, seconds = 1 }: Job): Promise<Done> {
  if (what === 'open') {
    // Whoever submits begins with the link itself.
    for (const link of links.slice(0, 200)) if (!opened.has(link)) await open(link)
    return { times: [], first: [] }
  }
  const times: number[] = []
  let next = 0
  let first: Visit[] = []
  const until = performance.now() + seconds * 1000
  const worker = async () => {
    while (performance.now() < until && (what !== 'submit' || next < links.length)) {
      const n = next++
      const begun = performance.now()
      if (what === 'ask') await ask(null, 'GET', '/bare')
      else if (what === 'view') await ask(opened.get(links[n % links.length]!)!, 'GET', PAGE)
      else if (what === 'save') await save(opened.get(links[n % links.length]!)!, n)
      else {
        const visits = await submit(links[n]!)
        if (n === 0) first = visits
      }
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { times, first }
}

async function open(link: string): Promise<Volunteer> {
  const volunteer: Volunteer = { link, cookie: '', form: '', visits: [] }
  await ask(volunteer, 'GET', link)
  const { body } = await ask(volunteer, 'GET', PAGE)
  volunteer.form = `ref=${/name="ref" value="([^"]+)"/.exec(body)?.[1]}&go=next`
  opened.set(link, volunteer)
  return volunteer
}

/** Another answer each time, or there would be nothing to write. */
async function save(volunteer: Volunteer, n: number): Promise<void> {
  const { status } = await ask(volunteer, 'POST', PAGE, `${volunteer.form}&ACT_NOW=${4 + (n % 7)}`)
  if (status !== 303) throw new Error(`a page was not saved: ${status}`)
}

/** From the link to the receipt, with the style sheet. */
async function submit(link: string): Promise<Visit[]> {
  const volunteer: Volunteer = { link, cookie: '', form: '', visits: [] }
  await ask(volunteer, 'GET', link)
  let page = await ask(volunteer, 'GET', '/s')
  await ask(volunteer, 'GET', /href="([^"]+\.css)"/.exec(page.body)![1]!)
  let to = /class="button" href="([^"]+)"/.exec(page.body)![1]!.replace('&amp;', '&')
  for (let steps = 0; ; steps++) {
    page = await ask(volunteer, 'GET', to)
    const form = /<form [^>]*action="([^"]+)"/.exec(page.body)
    if (!form) break
    const { status, location, body } = await ask(volunteer, 'POST', form[1]!.replace('&amp;', '&'), filledIn(page.body))
    if (status !== 303 || steps > 20)
      throw new Error(`a page was refused: ${status} ${/class="error"[^<]*/.exec(body)}`)
    to = location
  }
  return volunteer.visits
}

/** The first answer to everything; a calendar in one period. */
function filledIn(html: string): string {
  const fields = new URLSearchParams({ go: 'next', ref: /name="ref" value="([^"]+)"/.exec(html)![1]! })
  for (const [, type, name, value] of html.matchAll(
    /<input type="(radio|checkbox|hidden)" name="([^"]+)" value="([^"]*)"/g,
  ))
    if (!fields.has(name!) && (type !== 'checkbox' || !value!.startsWith('declined'))) fields.set(name!, value!)
  for (const [, name, content] of html.matchAll(/<select [^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    const values = [...content!.matchAll(/value="([^"]+)"/g)].map(([, value]) => value!)
    if (/\.[2-9]\d*\./.test(name!)) continue
    fields.set(name!, values.at(name!.endsWith('.to') ? -1 : 0)!)
  }
  return String(fields)
}

type Answer = { status: number; location: string; body: string }

function ask(volunteer: Volunteer | null, method: 'GET' | 'POST', path: string, form?: string): Promise<Answer> {
  const headers = {
    'accept-encoding': 'gzip',
    ...(volunteer?.cookie && { cookie: volunteer.cookie }),
    ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  return new Promise((resolve, reject) => {
    const call = request({ agent, port, host: '127.0.0.1', path, method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const body = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
        const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0]
        if (volunteer && cookie) volunteer.cookie = cookie
        const head = answer.rawHeaders.join('  ').length + 20
        volunteer?.visits.push({ path, bytes: bytes.length + head })
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', body: body.toString() })
      })
    })
    call.on('error', reject)
    call.end(form)
  })
}
