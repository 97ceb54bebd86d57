// Invented people who read the mails of a folder and answer what these ask, at random but as people might. They remember
// what they have done while they run, and nothing on disk.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { mailFiles } from '../service/platform/mailer.ts'
import { seededRandom } from '../service/platform/secrets.ts'
import { answerPages, beginningOf, DECLINED, type Hand, isReceipt, openLink, type Site, visitorOf } from './fill-in.ts'

// ---------------------------------------------------------------- the mails

/** A mail that asks for answers: the name of its file, and the path of its link. */
export type Letter = { file: string; link: string }

/** Watches a folder of mail: asked again and again, it gives the letters that are new, the oldest first; null while there is no folder. */
export function watchMail(folder: string, baseUrl: string): () => Promise<Letter[] | null> {
  let last = ''
  return async () => {
    if (!existsSync(folder)) return null
    const files = mailFiles(folder)
    // Somebody has begun anew with an empty folder.
    if ((files.at(-1) ?? '') < last) last = ''
    const letters: Letter[] = []
    for (const file of files.filter((file) => file > last)) {
      const bytes = readIfThere(join(folder, file))
      if (bytes && !isWhole(bytes)) break
      last = file
      const link = bytes && linkIn((await PostalMime.parse(bytes)).text ?? '', baseUrl)
      if (link) letters.push({ file, link })
    }
    return letters
  }
}

/** Old mails are taken away as new ones come. */
function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** A mail ends with the line that closes its last part; one that is being written does not yet. */
const isWhole = (bytes: Buffer): boolean => bytes.toString('latin1').trimEnd().endsWith('--')

function linkIn(text: string, baseUrl: string): string | null {
  const address = /\S+\/s\/rv1s_[\w-]{43}(?![\w-])/.exec(text)?.[0]
  return address?.startsWith(`${baseUrl}/s/`) ? address.slice(baseUrl.length) : null
}

// ---------------------------------------------------------------- the people

/** How many of those who read a mail then answer to the end, and how many stop half way; the others do nothing. */
export type Shares = { respond: number; partial: number }

export type Counts = { seen: number; begun: number; submitted: number; turnedAway: number }

export type Volunteers = {
  counts(): Counts
  /** Mails arrive; who will do something about one then waits for a turn. */
  receive(letters: readonly Letter[]): void
  isAnybodyWaiting(): boolean
  /** Lets one of those who wait do what they will; false when the service did not answer, so that they wait again. */
  takeTurn(): Promise<boolean>
}

/** The same seed does the same with the same mails: what somebody does hangs on the file of their mail. */
export function volunteers(site: Site, { respond, partial }: Shares, seed: string): Volunteers {
  const waiting = new Map<string, { draw: Draw; stops: boolean }>()
  const busy = new Set<string>()
  const done = new Set<string>()
  const begun = new Set<string>()
  const counts = { seen: 0, submitted: 0, turnedAway: 0 }

  const nextInTurn = () => waiting.keys().find((link) => !busy.has(link))

  async function visit(link: string, { draw, stops }: { draw: Draw; stops: boolean }): Promise<void> {
    const visitor = visitorOf(site)
    const opened = await openLink(visitor, link)
    if (isReceipt(opened)) return void done.add(link)
    const beginning = beginningOf(opened)
    if (opened.status !== 200 || !beginning) return void counts.turnedAway++
    const { how, saved } = await answerPages(visitor, beginning, handOf(draw, stops))
    if (saved > 0) begun.add(link)
    if (how === 'refused') counts.turnedAway++
    if (how !== 'submitted') return
    done.add(link)
    counts.submitted++
  }

  return {
    counts: () => ({ ...counts, begun: begun.size }),
    isAnybodyWaiting: () => nextInTurn() !== undefined,
    receive(letters) {
      for (const { file, link } of letters) {
        counts.seen++
        const draw = drawing(`simulate|${seed}|${file}`)
        const place = draw()
        if (!done.has(link) && place < respond + partial) waiting.set(link, { draw, stops: place >= respond })
      }
    },
    async takeTurn() {
      const link = nextInTurn()
      if (link === undefined) return true
      const intention = waiting.get(link)!
      waiting.delete(link)
      if (done.has(link)) return true
      busy.add(link)
      try {
        await visit(link, intention)
        return true
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error
        if (!waiting.has(link)) waiting.set(link, intention)
        return false
      } finally {
        busy.delete(link)
      }
    },
  }
}

/** A number in [0, 1), another each time. */
type Draw = () => number

function drawing(seed: string): Draw {
  const random = seededRandom(seed)
  return () => Buffer.from(random(4)).readUInt32BE() / 2 ** 32
}

const PASSES_OVER = 0.05
const DECLINES = 0.03
const WRITES = 0.4
const BORN = { from: 1992, years: 14 }

/** Somebody who picks at random, and goes away between a third and five sixths of the way when they stop. */
function handOf(draw: Draw, stops: boolean): Hand {
  const farthest = stops ? 1 / 3 + draw() / 2 : 1
  const oneOf = (values: readonly string[]): string => values[Math.floor(draw() * values.length)]!
  return {
    leaves: (place, pages) => place > farthest * pages,
    answers({ kind, values, declines }, again) {
      const mustAnswer = kind === 'one' && !declines
      if (!mustAnswer && draw() < PASSES_OVER) return []
      switch (kind) {
        case 'one':
          return [declines && draw() < DECLINES ? DECLINED : oneOf(values)]
        case 'list':
        case 'months':
          return [oneOf(values)]
        case 'several':
          // Two that cannot go together come back; one alone does not.
          return again ? [oneOf(values)] : [...new Set([oneOf(values), oneOf(values)])]
        case 'year of birth':
          return [String(BORN.from + Math.floor(draw() * BORN.years))]
        case 'text':
          return draw() < WRITES ? [`${oneOf(WISHES)} (simulation)`] : []
        default:
          return kind satisfies never
      }
    },
  }
}

const WISHES = [
  'Plus de temps pour préparer le départ.',
  'Un cours de langue avant de partir.',
  'Rencontrer quelqu’un qui revient du même endroit.',
  'Un point à mi-parcours avec la collectivité.',
  'Une mission mieux décrite dès le début.',
  'Garder le lien après le retour.',
  'Un logement plus proche du travail.',
  'Une aide pour raconter la mission à un employeur.',
]
