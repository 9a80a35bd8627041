import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from './temporaryDirectory.js'

/** A key and a certificate of 127.0.0.1 that nobody has signed, in files and as text. */
export async function selfSigned() {
  const directory = await temporaryDirectory()
  const [keyFile, certFile] = [join(directory.path, 'key.pem'), join(directory.path, 'cert.pem')]
  const args = [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'],
    ...['-keyout', keyFile, '-out', certFile],
  ]
  execFileSync('openssl', args, { stdio: 'ignore' })
  return {
    ...{ keyFile, certFile },
    key: await readFile(keyFile, 'utf8'),
    cert: await readFile(certFile, 'utf8'),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}
