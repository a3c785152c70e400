"""Which nodes of a graph reach outside of it: what to look at before a stranger's model is run.

Loading a graph runs nothing. But what a graph computes may read and write files, call Python
functions of the process or talk to other machines.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evergraph.base import errors
from evergraph.proto.framework.types_pb2 import DT_STRING

_READS, _WRITES = "reads files", "writes files"
_PYTHON, _NETWORK = "calls a Python function", "talks to other machines"

_REASONS = {
    _PYTHON: "PyFunc PyFuncStateless EagerPyFunc",
    _READS: """
        ReadFile MatchingFiles Restore RestoreSlice RestoreV2 GenerateVocabRemapping
        LoadAndRemapMatrix InitializeTableFromTextFile InitializeTableFromTextFileV2
        WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2 FixedLengthRecordReader
        FixedLengthRecordReaderV2 TFRecordReader TFRecordReaderV2 LMDBReader TextLineDataset
        TFRecordDataset FixedLengthRecordDataset FixedLengthRecordDatasetV2 CSVDataset
        ExperimentalCSVDataset LMDBDataset ExperimentalLMDBDataset SequenceFileDataset
        MatchingFilesDataset ExperimentalMatchingFilesDataset SqlDataset ExperimentalSqlDataset
        FixedUnigramCandidateSampler RecordInput DecodeProtoV2 EncodeProto ReaderRestoreState
        ReaderRestoreStateV2""",
    _WRITES: """
        WriteFile Save SaveSlices SaveV2 MergeV2Checkpoints CreateSummaryFileWriter
        CreateSummaryDbWriter CacheDataset CacheDatasetV2 SnapshotDataset DatasetToTFRecord
        ExperimentalDatasetToTFRecord PrintV2 DebugIdentity DebugNanCount DebugNumericSummary""",
    _NETWORK: """
        Rpc TryRpc RemoteCall RemoteFusedGraphExecute BigQueryReader BigtableClient
        GenerateBigQueryReaderPartitions KafkaDataset KinesisDataset IgniteDataset
        GcsConfigureCredentials GcsConfigureBlockCache _Send _Recv _HostSend _HostRecv""",
    "starts another program": "DecodeVideo DecodeAudio DecodeAudioV2 EncodeAudio EncodeAudioV2",
}
REACHES_OUTSIDE = {op: why for why, ops in _REASONS.items() for op in ops.split()}
"""Why, by op type."""

# Nodes of savers: they use the file that they are fed, if nothing else can come in.
_SAVERS = ("Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2")
_MERGES = ("MergeV2Checkpoints",)
# A path of these ops may be that of an asset, and their path's place among the inputs.
_TABLES = {"InitializeTableFromTextFile": 1, "InitializeTableFromTextFileV2": 1}
_ASSETS = ("Const", "Placeholder")
_PASSING = ("Identity", "StringJoin", "ShardedFilename", "ShardedFilespec", "Pack")
_FED = ("Placeholder", "PlaceholderWithDefault")


@dataclass(frozen=True)
class Reach:
    """A node that reaches outside.

    Attributes:
        name: the node's name; with the function's before it, where it is in one.
        op: its op type.
        reason: what it does.
    """

    name: str
    op: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.op}) {self.reason}"


def outside_reach(graph_def: Any, assets: Collection[str] = ()) -> list[Reach]:
    """The nodes of a GraphDef, those of its functions included, that reach outside.

    A saver's nodes do not count where they use the file that they are fed. Nor do tables of files
    among `assets`, the names of constants and placeholders for which a loader puts files of the
    model's folder; nor what needs no file: PrintV2 to a stream, a CacheDataset in memory.
    """
    nodes = {node.name: node for node in graph_def.node}
    found = [
        Reach(node.name, node.op, REACHES_OUTSIDE[node.op])
        for node in graph_def.node
        if node.op in REACHES_OUTSIDE and not _is_harmless(node, nodes, assets)
    ]
    for function in graph_def.library.function:
        found.extend(
            Reach(f"{function.signature.name}/{node.name}", node.op, REACHES_OUTSIDE[node.op])
            for node in function.node_def
            if node.op in REACHES_OUTSIDE and not _is_harmless(node, {}, ())
        )
    return found


def refuse_outside_reach(graph_def: Any, assets: Collection[str] = ()) -> None:
    """Raises PermissionDeniedError, which names them, where nodes reach outside."""
    found = outside_reach(graph_def, assets)
    if found:
        shown = "".join(f"\n  {reach}" for reach in found[:20])
        more = f"\n  and {len(found) - 20} more" if len(found) > 20 else ""
        raise errors.PermissionDeniedError(
            None,
            None,
            f"The graph is not trusted, and has nodes that reach outside of it:{shown}{more}",
        )


def _is_harmless(node: Any, nodes: dict[str, Any], assets: Collection[str]) -> bool:
    if node.op == "PrintV2":
        return not node.attr["output_stream"].s.startswith(b"file:")
    if node.op in ("DecodeProtoV2", "EncodeProto"):
        return node.attr["descriptor_source"].s in (b"", b"local://")
    if node.op == "FixedUnigramCandidateSampler":
        return not node.attr["vocab_file"].s
    if node.op in ("CacheDataset", "CacheDatasetV2"):
        return _constant_text(nodes.get(_source(node, 1))) == [b""]
    if node.op in _TABLES:
        name = _source(node, _TABLES[node.op])
        is_asset = f"{name}:0" in assets or name in assets
        return is_asset and name in nodes and nodes[name].op in _ASSETS
    if node.op in _SAVERS:
        return _is_fed_path(node.input[:1], nodes)
    return node.op in _MERGES and _is_fed_path(node.input[:2], nodes)


def _source(node: Any, index: int) -> str:
    return node.input[index].split(":")[0] if index < len(node.input) else ""


def _constant_text(node: Any) -> list[bytes] | None:
    """The texts of a constant; [] for numbers, None for another node."""
    if node is None or node.op != "Const":
        return None
    tensor = node.attr["value"].tensor
    return list(tensor.string_val) if tensor.dtype == DT_STRING else []


def _is_fed_path(inputs: Sequence[str], nodes: dict[str, Any]) -> bool:
    """Whether each path is made of what is fed, and of constants that do not lead elsewhere."""
    return bool(inputs) and all(_leaves_are_harmless(name, nodes) for name in inputs)


def _leaves_are_harmless(name: str, nodes: dict[str, Any]) -> bool:
    is_fed = False
    for node in _makers(name, nodes):
        if node is None:
            return False
        is_fed = is_fed or node.op in _FED
        texts = _constant_text(node)
        if texts is None:
            if node.op not in (*_PASSING, *_FED):
                return False
        elif any(re.search(rb"^[/~]|\.\.|:", text) for text in texts):
            return False
    return is_fed


def _makers(name: str, nodes: dict[str, Any]) -> Iterator[Any]:
    """All nodes that a tensor's value is computed from; None for one that is not there."""
    waiting, seen = [name], set()
    while waiting:
        name = waiting.pop().split(":")[0]
        if name not in seen:
            seen.add(name)
            node = nodes.get(name)
            yield node
            if node is not None:
                waiting.extend(i for i in node.input if not i.startswith("^"))
