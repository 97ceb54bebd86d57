// Imported first by every entry point: says in a sentence what an old Node would say in a stack trace.
if (!('Temporal' in globalThis)) {
  console.error(
    `Retour needs Node 26, and this is ${process.version}. It comes with the installation: run "npm ci" without NODE_ENV=production or --omit=dev, and start with "npm start".`,
  )
  process.exit(1)
}
