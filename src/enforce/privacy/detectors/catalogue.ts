import type { Detector } from '../detector.ts';
import { birthDate } from './birth-date.ts';
import { card } from './card.ts';
import { drivingLicence, passport } from './documents.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { ip } from './ip.ts';
import { jwt } from './jwt.ts';
import { password } from './password.ts';
import { phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { americas } from './regions/americas.ts';
import { asiaPacific } from './regions/asia-pacific.ts';
import { centralEurope } from './regions/central-europe.ts';
import { northernEurope } from './regions/northern-europe.ts';
import { southernEurope } from './regions/southern-europe.ts';
import { uk } from './regions/uk.ts';
import { us } from './regions/us.ts';
import { suretyKey } from './surety-key.ts';
import { connectionString, urlCredentials } from './url.ts';
import { cloudKeys, vendorTokens } from './vendor-tokens.ts';
import { wallet } from './wallet.ts';

/** Every detector that comes with Surety. Where two are equally sure of the same place, the one that stands first names it. */
export const catalogue: readonly Detector[] = [
  email,
  card,
  iban,
  phone,
  wallet,
  ip,
  urlCredentials,
  connectionString,
  privateKey,
  jwt,
  suretyKey,
  ...cloudKeys,
  ...vendorTokens,
  password,
  ...us,
  ...uk,
  ...southernEurope,
  ...centralEurope,
  ...northernEurope,
  ...asiaPacific,
  ...americas,
  birthDate,
  passport,
  drivingLicence,
];

/** Region packs, by the country codes policies name. */
export const regions: readonly string[] = [
  ...new Set(catalogue.flatMap(({ region }) => region ?? [])),
].toSorted();
