import { packDocs } from './lib/packDocs.mjs'

/** Runs before a package is packed, in its folder. */
packDocs(process.cwd())
