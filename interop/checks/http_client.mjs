// sparql-http-client: a SELECT, a CONSTRUCT as a stream, and an ASK.
import SparqlClient from 'sparql-http-client'
const client = new SparqlClient({ endpointUrl: process.argv[2] })
const count = async (stream) => { let n = 0; for await (const _ of stream) n++; return n }
const skg = 'https://w3id.org/sergekg/ontology#'
const rows = await count(client.query.select(`SELECT ?s WHERE { ?s <${skg}wasDeportedTo> ?o }`))
const quads = await count(client.query.construct(`CONSTRUCT { ?s ?p ?o } WHERE { ?s <${skg}wasDeportedTo> ?x ; ?p ?o }`))
const yes = await client.query.ask('ASK { ?s ?p ?o }')
if (!(rows > 0 && quads > 0 && yes === true)) throw new Error(`${rows} rows, ${quads} quads, ${yes}`)
console.log(`${rows} rows, ${quads} quads, ASK true`)
