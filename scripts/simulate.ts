// npm run simulate [-- --respond 0.6 --partial 0.1 --per-minute 120 --for 10m --seed 1]: invented people answer the mails
// that a running service writes to its folder, so that staff can watch answers arrive. Where mail goes to people, it refuses.
import '../service/platform/node-version.ts'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { mailFolder } from '../service/open.ts'
import { configOrRefuse, orRefuse, refuse } from '../service/process.ts'
import { type Counts, volunteers, watchMail } from './simulated-volunteers.ts'

const LOOKS_EVERY = 200
const SPEAKS_EVERY = 10_000
const MOST_AT_ONCE = 20

const options = {
  respond: { type: 'string', default: '0.6' },
  partial: { type: 'string' },
  'per-minute': { type: 'string', default: '120' },
  for: { type: 'string', default: '10m' },
  seed: { type: 'string', default: '1' },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
const respond = Number(values.respond)
const partial = Number(values.partial ?? Math.min(0.1, 1 - respond))
const perMinute = Number(values['per-minute'])
const milliseconds = millisecondsIn(values.for)
if (!(respond >= 0 && partial >= 0 && respond + partial <= 1))
  refuse('--respond and --partial are shares of those who get a mail, such as 0.6 and 0.1: together no more than 1.')
if (!(perMinute > 0 && perMinute <= 10_000)) refuse('--per-minute takes a number up to 10000.')
if (!milliseconds) refuse('--for takes a time such as 90s, 10m or 2h.')

const config = configOrRefuse()
if (config.mode === 'demonstration')
  refuse(
    'The demonstration has simulated volunteers of its own: npm start, and they answer. This is for a service with BASE_URL set.',
  )
if (config.smtpUrl) refuse('SMTP_URL is set, so mail goes to people: nobody but they may answer it.')

const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host
const folder = mailFolder(config)
const lookForMail = watchMail(folder, config.baseUrl)
const people = volunteers({ host, port: config.port }, { respond, partial }, values.seed)

let isOver = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    isOver = true
  })
console.log(
  `Simulated volunteers read ${folder} for ${values.for} and answer at ${host}:${config.port}, ${perMinute} a minute. What they say is stored as anybody’s answers are.`,
)
await live(performance.now() + milliseconds)
console.log(sayCounts(people.counts()))

/** Looks for mail and lets people answer at their pace; ends once nobody is in the middle of a page. */
async function live(until: number): Promise<void> {
  const pause = 60_000 / perMinute
  const sayTrouble = speaker()
  const sayNowAndThen = speaker(SPEAKS_EVERY)
  const visits = new Set<Promise<void>>()
  let turn = performance.now()
  while (!isOver && performance.now() < until) {
    const letters = await lookForMail()
    if (letters) people.receive(letters)
    else sayTrouble(`There is no ${folder} yet: waiting for the service to write its first mail.`)
    turn = Math.max(turn, performance.now() - LOOKS_EVERY)
    for (; turn <= performance.now() && visits.size < MOST_AT_ONCE && people.isAnybodyWaiting(); turn += pause) {
      const visit = people.takeTurn().then((answered) => {
        if (!answered) sayTrouble(`Nobody answers at ${host}:${config.port}: trying again.`)
        visits.delete(visit)
      })
      visits.add(visit)
    }
    sayNowAndThen(sayCounts(people.counts()))
    await wait(LOOKS_EVERY)
  }
  await Promise.all(visits)
}

/** Says a line unless it is the one it said last, and no sooner than so many milliseconds after that. */
function speaker(every = 0): (line: string) => void {
  let last = ''
  let at = performance.now()
  return (line) => {
    if (line === last || performance.now() < at + every) return
    console.log(line)
    last = line
    at = performance.now()
  }
}

function sayCounts({ seen, begun, submitted, turnedAway }: Counts): string {
  const away = turnedAway > 0 ? `, ${turnedAway} turned away` : ''
  return `${seen} mails seen, ${begun} begun, ${submitted} submitted${away}`
}

function millisecondsIn(text: string): number {
  const [, count, unit = ''] = /^(\d{1,4})([smh])$/.exec(text) ?? []
  return Number(count ?? 0) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? 0)
}
