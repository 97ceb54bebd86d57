export async function benchMail(_url: string): Promise<void> {}
