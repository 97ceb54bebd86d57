// The beat of the service: it does what is due and nothing twice, and holds back while two clocks disagree.
import { expect, test } from 'vitest'
import { demonstrationClock, systemClock } from './platform/clock.ts'
import { onEachEngine } from './platform/testing.ts'
import { clocksAgree } from './tick.ts'

onEachEngine('2026-11-22T12:00:00Z', (platform) => {
  test('the machine and its database agree about the time', async () => {
    expect(await clocksAgree({ ...platform(), clock: systemClock })).toBe(true)
  })

  test('a clock two minutes off is noticed, and said in the log', async () => {
    const clock = demonstrationClock(systemClock.now().add({ minutes: 2 }))
    expect(await clocksAgree({ ...platform(), clock })).toBe(false)
    expect(platform().logLines.at(-1)).toContain('nothing is sent')
  })
})
