/** What a part exports: names that exist at run time, and those that exist for the compiler alone. */
export interface Surface {
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** Importing it loads an SDK of AWS. */
  readonly withSdk: boolean;
}

const part = (values: string, types: string, { withSdk = false } = {}): Surface => ({
  values: namesIn(values),
  types: namesIn(types),
  withSdk,
});

const namesIn = (text: string): string[] => text.split(/\s+/).filter((name) => name !== '');

/**
 * Everything that the package promises to those who install it, by the path after `banyan/`. Whoever changes it
 * changes what others have written against it: say so in CHANGELOG.md.
 */
export const PUBLIC_SURFACE: { readonly [subpath: string]: Surface } = {
  core: part(
    `
      BanyanError ENTITY_SLICE NO_VERSION PROBE_TYPE RejectError UnavailableError UsageError
      VERSIONS_FIELD VirtualClock assertVersion clusterTimeVersion documentOf entityEvent
      entityEventSchema entityKeyOf formatTraceparent idOfEntityKey messageOf microsOf nextVersion
      parseEvents parseTraceparent pause pick recordOfDocument recordOfEvent sliceNames startTrace
      systemClock versionOf wholeDocument`,
    `
      Clock EntityDefinition EntityEvent EventParts PassingTransform SourceDocument State TraceContext Transform Version
      VersionedRecord`,
  ),
  config: part('defineConfig loadConfig', 'Config ConfigInput Environment OpenSink Plan PlanInput Protocol'),
  outbox: part(
    `
      CLAIM_CHECK_RECORD_BYTES ClaimCheckStream LeaseLostError MemoryEventStream MemoryLease
      MemoryOutboxFeed MongoLease MongoOutboxFeed Outbox OutboxTransaction Relay ResumeTokenLostError
      StandaloneError UnpublishableError activeTraceparent advancedVersions floorsOf outboxOf
      prepareOutbox readRelayStatus recordEvent relaySettings requestTraceparent touchKey`,
    `
      Backlog ClaimCheckStreamOptions EventStream FeedItem FieldChanges FloorRow Grant ObserveRelay
      OutboxFeed OutboxOptions OutboxRow PendingQuery PendingRow RecordEventOptions RelayEvent RelayLag
      RelayLease RelayOptions RelayParts RelayProgress RelaySettings RelayStatus ResumeToken SendOutcome
      StoredDocument StoredRelayStatus StreamEntry TouchKeyOptions Touched Trouble`,
  ),
  'outbox/capture': part(
    `
      ChangeStreamHistoryLostError CollectionGoneError ImagesUnavailableError MissingImageError
      captureLease forgetCapture openCapture`,
    'CaptureOptions EntityChange EventTypeOf',
  ),
  'outbox/kinesis': part(
    'KinesisEventStream putProbe retentionMs',
    'KinesisEventStreamOptions ProbeOptions',
    { withSdk: true },
  ),
  'outbox/mongoose': part(
    'UnpublishableError mongooseOutbox openMongooseOutbox',
    'EntityChange EventTypeOf MongooseOutboxOptions',
  ),
  'outbox/unexplained': part(
    `
      ChangeStreamHistoryLostError MemoryWriteSites MongoChangeFeed MongoPositionStore
      MongoUnexplainedStore MongoWriteSites UnexplainedWatch healOpen recordWriteSites watchView`,
    `
      ChangeFeed ChangeView ClusterTime FeedPosition HealParts HealResult Healing KeptWrite
      MongoChangeFeedOptions PositionStore RecordWriteSitesOptions UnexplainedCounts UnexplainedReason
      UnexplainedStore UnexplainedWatchOptions UnexplainedWrite WatchEvent WriteSite WriteSites`,
  ),
  stream: part(
    `
      FolderQuarantine MemoryClaimStore MemoryQuarantine NotifyingQuarantine kinesisConsumer
      publishBatchReport resolveClaims runInKeyOrder`,
    `
      BatchLogger BatchMetrics BatchReport ClaimStore KinesisConsumer KinesisConsumerOptions Limit
      NotifyOfQuarantine Quarantine QuarantineEntry QuarantineNotice ResolveClaimsOptions`,
  ),
  'stream/s3': part('S3ClaimStore S3Quarantine', 'S3ClaimStoreOptions', { withSdk: true }),
  'stream/sqs': part('sqsNotices', '', { withSdk: true }),
  store: part(
    `
      MemoryControlStore MemoryRecordSource MemoryStore MemoryVersionGuard MongoRecordSource ReadThrough
      RevisionConflictError WriteThrough`,
    `
      Claim ClaimOutcome ControlStore CopyOutcome CopyReport LogEntry MongoRecordSourceOptions
      PutOutcome ReadThroughOptions RecordSource Revisioned VersionGuard VersionedStore`,
  ),
  'store/dynamodb': part(
    'DEFAULT_RETRY DEFAULT_TOMBSTONE_TTL_MS DynamoDbControlStore DynamoDbStore DynamoDbVersionGuard',
    'DynamoDbControlStoreOptions DynamoDbStoreOptions RetryOptions',
    { withSdk: true },
  ),
  search: part(
    'GuardedSearchIndex GuardedWriter MemoryIndex',
    `
      GuardedSearchIndexOptions GuardedWriterOptions SearchHit SearchIndex SearchIndexWriter SearchQuery
      SearchRanking Searches VersionedSearchIndex`,
  ),
  'search/cloudsearch': part(
    'CloudSearchIndex domainFields',
    'CloudSearchEndpoint CloudSearchField CloudSearchFieldType CloudSearchIndexOptions',
    { withSdk: true },
  ),
  'search/opensearch': part(
    'OpenSearchIndex OpenSearchSearches',
    `
      OpenSearchClient OpenSearchDefinition OpenSearchEndpoint OpenSearchIndexOptions OpenSearchProperties
      OpenSearchProperty OpenSearchSearchesOptions`,
  ),
  backfill: part(
    `
      AdaptiveConcurrency ControlCheckpointStore FixedRate JsonLinesStore MemoryCheckpointStore
      MemorySource MongoSource SourceThrottle StreamLagThrottle TimeWindows TooManyRejectsError backfill countsOf
      estimatedOf giveOrder loadView openRun orderLogOf retryTransient runProgress statusOf`,
    `
      BackfillOptions BackfillParts BackfillRun BatchSize Beginning CheckpointStore CopyCounts Delay
      GiveOrderParts MaxRejects MongoSourceOptions OpenRunOptions Order OrderGiven Orders Partition
      PartitionDone PartitionProgress Position Progress Rate RateUnit RawDocument Reading Retry RetryOptions RunStatus
      RunView Signed Source SourceBatch SourceLoad Throttle TimeWindow Worker`,
  ),
  'backfill/dynamodb': part('dynamoDbCapacity', '', { withSdk: true }),
  verify: part(
    `
      CannotTellError ChangesUnknownError MongoChangedKeys compareRecords sampleSizeFor shareAtMost
      verdictOf verify`,
    `
      ChangedKeys Difference Floors KindCounts KnownReject Mismatch Verdict VerifyMode VerifyOptions VerifyParts
      VerifyResult VersionsFrom`,
  ),
  proxy: part(
    `
      DIAL_KINDS PinBoard ProxyDial Ramps ReportedReadings bucketOf canaryMiddleware decideRampStep dialName forceTokens freshKey isCandidates
      isWeightPercent keyOf parseWeightPercent planOf previewWeight proxyConfigSchema 
      quantileMs rampPlanSchema readingsBetween readingsByTime startProxy startRamps weightKey weightLog`,
    `
      AnswerTransform CanaryConfig CanaryMiddleware CanaryMiddlewareOptions CanaryOptions DatedDecision DialChange DialKind DialReading Evidence ForcePass GuardName JsonAnswer
      Obstacle PastChange PastPin PastRampEvent Pin ProxyConfig
      ProxyOptions Ramp RampCause RampDecision RampEvent RampEventName RampGuards RampHappened RampHookConfig
      RampObserver RampOrder RampOrderAction RampPhase RampPlan RampSchedule RampStatus RampStep
      RampTicked RampWanted RampsOptions Readings
      ReadingsSource RecentReadings RecordedDial RouteConfig RouteReading RouteReadings RouteTotals RunningProxy RunningRamps
      ShadowReport Signature StepReadings StoredWeight TrafficDial Verdict
      WeightPreview`,
  ),
  'proxy/alb': part(
    'AlbDial AlbReadings ElbRule albConfigSchema previewRule',
    'AlbConfig AlbRoute RulePreview TargetWeights WeightedRule',
    { withSdk: true },
  ),
  infra: part(
    `
      BackfillMachine CanaryRule ControlStack MappingParameters ServiceApi ServiceFunction StreamConsumer
      allowQuarantine`,
    `
      BackfillMachineProps CanaryRuleProps ControlStackProps FunctionNetwork QuarantineProps ServiceApiProps
      ServiceFunctionProps StreamConsumerProps`,
  ),
  'event-source-mapping': part(
    `
      EventSourceMapping FileShardCheckpoints IteratorExpiredError MemoryDestination
      MemoryShardCheckpoints MemoryStream ShardGoneError handlerInvoker mappingConfigurationSchema`,
    `
      BatchHandler DiscardedBatch EventSourceMappingOptions FailureDestination InvocationRecord
      InvocationResult Invoker MappingConfiguration MappingCounters MappingStatus MemoryStreamOptions
      Position ReadResult RetryBackoff Shard ShardCheckpoint ShardCheckpointStore ShardCheckpoints
      ShardStatus StreamDescription StreamReader StreamRecord`,
  ),
  'event-source-mapping/aws': part(
    `
      KinesisStreamReader destinationOf lambdaInvoker s3Destination snsDestination sqsDestination
      startEventSourceMappings`,
    'EventSourceMappings EventSourceMappingsStatus MappingLog StartEventSourceMappingsOptions',
    { withSdk: true },
  ),
};
