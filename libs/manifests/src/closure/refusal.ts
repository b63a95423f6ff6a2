import type { ManifestError } from '../manifest-error.ts'
import type { SourceEntry } from './source-tree.ts'
import { hostsSetting, type RemotePlace } from './remote-hosts.ts'
import { withoutCredentials } from './repository-path.ts'

type Where = { readonly file: string; readonly line: number }

/** Why a reference is not followed. */
export const refusal = {
  remote: (where: Where, text: string, place: RemotePlace | undefined, hosts: readonly string[]): ManifestError => ({
    ...where,
    message:
      hosts.length === 0 || place === undefined
        ? `${quote(withoutCredentials(text))} would be fetched from a network, ${place === undefined && hosts.length > 0 ? 'and not over HTTPS' : 'which a render has none of'}`
        : `${quote(withoutCredentials(text))} would be fetched from ${place.host}:${place.port}, which is no host that renders may reach`,
    try: `commit a copy of it to the repository, and refer to that by its path; ${orAllow(place)}`,
  }),
  outside: (where: Where, text: string, because: string): ManifestError => ({
    ...where,
    message: `${quote(text)} is ${because === 'leaves the repository' ? 'a path that leaves the repository' : because === 'absolute' ? 'an absolute path' : 'no path'}`,
    try: 'refer to a file or folder of the repository, relative to this folder',
  }),
  missing: (where: Where, path: string): ManifestError => ({
    ...where,
    message: `there is nothing at ${path} in the repository`,
    try: 'correct the reference, or commit what it names',
  }),
  noFile: (where: Where, path: string, entry: SourceEntry): ManifestError => ({
    ...where,
    message: `${path} is ${kindOf(entry)}, not a file`,
    try: remedyFor(entry, 'name a file'),
  }),
  noFolder: (where: Where, path: string, entry: SourceEntry): ManifestError => ({
    ...where,
    message: `${path} is ${kindOf(entry)}, not a folder`,
    try: remedyFor(entry, 'name a folder'),
  }),
  nothingToRender: (folder: string, as: 'kustomization' | 'chart'): ManifestError => ({
    file: folder,
    line: 0,
    message: `the folder holds no ${as === 'chart' ? 'Chart.yaml' : 'kustomization.yaml'}`,
    try: 'correct the reference to it, or add that file',
  }),
  tooLarge: (file: string): ManifestError => ({
    file,
    line: 0,
    message: 'the file is larger than any manifest',
    try: 'correct the reference to it',
  }),
  twoKustomizations: (folder: string, names: readonly string[]): ManifestError => ({
    file: folder,
    line: 0,
    message: `the folder holds ${names.join(' and ')}`,
    try: 'keep one of them',
  }),
}

/** The other way for what would be fetched. */
export function orAllow(place: RemotePlace | undefined): string {
  return place === undefined
    ? `or name it by https, and let the operator allow the host: ${hostsSetting}`
    : `or let the operator allow the host: ${hostsSetting}`
}

function kindOf({ mode }: SourceEntry): string {
  if (mode === '40000') return 'a folder'
  if (mode === '120000') return 'a symbolic link'
  return mode === '160000' ? 'a submodule' : 'a file'
}

function remedyFor({ mode }: SourceEntry, otherwise: string): string {
  if (mode === '120000') return 'refer to what it leads to'
  return mode === '160000' ? 'commit a copy of it to the repository: submodules are not followed' : otherwise
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
