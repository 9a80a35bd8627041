/** Writes the documents that a package's README names, as they are published; returns their names. */
export function packDocs(packageFolder: string, target?: string): string[]
