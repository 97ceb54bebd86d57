// The volunteers of npm run bench, a process of their own: each has a link and keeps its cookie, reads every page whole
// and compressed, and sends what its form asks.
import { Agent } from 'node:http'
import {
  answerPages,
  ask,
  beginningOf,
  type Hand,
  openLink,
  type Site,
  type Visit,
  type Visitor,
  visitorOf,
} from './fill-in.ts'

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
/** Somebody whose link is open, and the form of a page of theirs. */
type Volunteer = { visitor: Visitor; form: string }

const PAGE = '/s/1?lang=fr'
const site: Site = { agent: new Agent({ keepAlive: true }), host: '127.0.0.1', port: 0 }
const opened = new Map<string, Volunteer>()

process.on('message', async (job: Job) => {
  site.port = job.port ?? site.port
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
      if (what === 'ask') await ask(visitorOf(site), 'GET', '/bare')
      else if (what === 'view') await ask(opened.get(links[n % links.length]!)!.visitor, 'GET', PAGE)
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

async function open(link: string): Promise<void> {
  const visitor = visitorOf(site)
  await ask(visitor, 'GET', link)
  const { body } = await ask(visitor, 'GET', PAGE)
  opened.set(link, { visitor, form: `ref=${/name="ref" value="([^"]+)"/.exec(body)?.[1]}&go=next` })
}

/** Another answer each time, or there would be nothing to write. */
async function save({ visitor, form }: Volunteer, n: number): Promise<void> {
  const { status } = await ask(visitor, 'POST', PAGE, `${form}&ACT_NOW=${4 + (n % 7)}`)
  if (status !== 303) throw new Error(`a page was not saved: ${status}`)
}

/** The first answer to everything; a calendar in one period. */
const FIRST: Hand = { answers: ({ values }) => values.slice(0, 1) }

/** From the link to the receipt, with the style sheet. */
async function submit(link: string): Promise<Visit[]> {
  const visitor = visitorOf(site)
  const welcome = await openLink(visitor, link)
  await ask(visitor, 'GET', /href="([^"]+\.css)"/.exec(welcome.body)![1]!)
  const ending = await answerPages(visitor, beginningOf(welcome)!, FIRST)
  if (ending.how === 'refused') throw new Error(`a page was refused: ${ending.status} ${ending.error}`)
  return visitor.visits
}
