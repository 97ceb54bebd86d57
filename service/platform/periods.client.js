// Says, while periods are being filled in, which months are left, and begins the next period where the last one ended.
// Everything works without it.
for (const periods of document.querySelectorAll('.periods')) {
  const rows = [...periods.querySelectorAll('.period')].map((row) => [...row.querySelectorAll('select')])
  const said = periods.querySelector('[data-said]')
  if (rows.some((selects) => selects.length !== 3)) continue
  const months = [...rows[0][0].options].slice(1)
  const list = new Intl.ListFormat(periods.dataset.language)

  const update = () => {
    const covered = new Set()
    rows.forEach(([from, to, state], index) => {
      if (!from.value || !to.value || !state.value) return
      for (const { value } of months) if (from.value <= value && value <= to.value) covered.add(value)
      const [nextFrom, nextTo] = rows[index + 1] ?? []
      const next = months.find(({ value }) => value > to.value)
      if (nextFrom && next && !nextFrom.value && !nextTo.value) nextFrom.value = next.value
    })
    const left = months.filter(({ value }) => !covered.has(value)).map(({ text }) => text)
    said.textContent =
      left.length === 0 ? periods.dataset.full : periods.dataset.left.replace('{months}', list.format(left))
  }
  periods.addEventListener('change', update)
  update()
}
