import { type PublishedPort, publishedPortsOf } from '../../compose/ports.ts';
import { textOf } from '../../compose/service.ts';
import { hasVariable } from '../../compose/variables.ts';
import { parseImage } from '../../kubernetes/image.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';

/** Databases, queues and the like, and what administers machines: nothing of which belongs before everybody. */
const insidePorts: readonly (readonly [number, string])[] = [
  [22, 'SSH'],
  [1433, 'SQL Server'],
  [1521, 'Oracle'],
  [2181, 'ZooKeeper'],
  [2375, 'the Docker API'],
  [2376, 'the Docker API'],
  [2379, 'etcd'],
  [2380, 'etcd'],
  [3306, 'MySQL'],
  [3389, 'Remote Desktop'],
  [5432, 'PostgreSQL'],
  [5672, 'RabbitMQ'],
  [5900, 'VNC'],
  [5984, 'CouchDB'],
  [6333, 'Qdrant'],
  [6334, 'Qdrant'],
  [6379, 'Redis'],
  [7687, 'Neo4j'],
  [8500, 'Consul'],
  [8888, 'Jupyter'],
  [9042, 'Cassandra'],
  [9092, 'Kafka'],
  [9200, 'Elasticsearch'],
  [9300, 'Elasticsearch'],
  [11211, 'Memcached'],
  [11434, 'Ollama'],
  [15672, 'the administration of RabbitMQ'],
  [19530, 'Milvus'],
  [27017, 'MongoDB'],
];
/** Images of such, by the last part of their name, whatever port they are told to use. */
const insideImages =
  /^(postgres(ql)?|pgvector|postgis|timescaledb|mysql|mysql-server|mariadb|mongo(db)?|redis|redis-stack(-server)?|valkey|keydb|memcached|elasticsearch|opensearch|cassandra|scylla|clickhouse(-server)?|influxdb|neo4j|couchdb|etcd|consul|vault|rabbitmq|kafka|cp-kafka|zookeeper|qdrant|weaviate|milvus|chroma|minio|ollama|adminer|pgadmin4?|phpmyadmin|mongo-express|redis-commander|redisinsight|portainer(-ce|-ee)?|kibana)$/;

const everyAddress = new Set(['', '0.0.0.0', '::', '*', '0:0:0:0:0:0:0:0']);

function whatItIs({ target }: PublishedPort, image: string): string | undefined {
  const known = insidePorts.find(([port]) => target && port >= target.first && port <= target.last)?.[1];
  const name = parseImage(image).repository.split('/').at(-1) ?? '';
  return known ?? (insideImages.test(name) ? name : undefined);
}

export const c11: ComposeCheck = {
  id: 'C11',
  of: 'compose',
  title: 'A service for the inside is open on every address',
  severity: 'medium',
  why: 'A published port is open on every network of the host, past its firewall: Docker writes rules of its own. Databases and consoles are found there within hours.',
  fix: 'Leave ports out, since services of one network reach each other without; or bind to 127.0.0.1.',
  references: [cisDocker('5.14')],
  example: {
    bad: 'services:\n  db:\n    image: registry.example.com/postgres:17.2\n    ports: ["5432:5432"]\n',
    good: 'services:\n  db:\n    image: registry.example.com/postgres:17.2\n    ports: ["127.0.0.1:5432:5432"]\n',
  },
  find: (service) =>
    publishedPortsOf(service).flatMap((port): Found[] => {
      const what = whatItIs(port, textOf(service.at('image')) ?? '');
      const { path } = port.field;
      if (what === undefined) return [];
      if (hasVariable(port.address))
        return [
          {
            path,
            severity: 'low',
            message: `The address is ${port.address}, which this file gives no value: nobody can tell whether ${what} is open to everybody.`,
          },
        ];
      return everyAddress.has(port.address)
        ? [{ path, message: `The port of ${what} is open on every address of the host.` }]
        : [];
    }),
};
