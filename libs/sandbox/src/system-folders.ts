import { lstatSync } from 'node:fs'

const certificates = [
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/ca-trust',
  '/etc/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
  '/var/lib/ca-certificates',
]

const programs = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/nix/store',
  '/gnu/store',
]

/** What of this machine a program needs to check certificates, for `readOnly`. No private key lies there. */
export function certificateFolders(): readonly string[] {
  return certificates.filter(exists)
}

/** What of this machine a shell and the programs that it finds need, for `readOnly`: programs, libraries, certificates. */
export function systemFolders(): readonly string[] {
  const shown = programs.filter(exists)
  return [...shown, ...certificateFolders().filter((path) => !shown.some((folder) => path.startsWith(`${folder}/`)))]
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
