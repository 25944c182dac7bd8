# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep links between the artist's nodes and nodes that Easel makes again, if both ends exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

_End: TypeAlias = tuple[tuple[str, ...], str]
"""A node, and the identifier of one of its sockets."""


def links_of_artist(tree: Any, made: Callable[[Any], str]) -> list[tuple[_End, _End]]:
    """List the links with one of the artist's nodes at one or both ends, from and to.

    Args:
        made: returns a name for a node that Easel made; empty for the artist's.
    """
    return [
        (
            (_key(link.from_node, made), link.from_socket.identifier),
            (_key(link.to_node, made), link.to_socket.identifier),
        )
        for link in tree.links
        if not (made(link.from_node) and made(link.to_node))
    ]


def link_again(tree: Any, links: list[tuple[_End, _End]], made: Callable[[Any], str]) -> None:
    """Restore the links whose nodes and sockets exist."""
    nodes = {_key(node, made): node for node in tree.nodes}
    for (source, output), (reader, entry) in links:
        if source in nodes and reader in nodes:
            from_socket = next((one for one in nodes[source].outputs if one.identifier == output), None)
            to_socket = next((one for one in nodes[reader].inputs if one.identifier == entry), None)
            if from_socket is not None and to_socket is not None:
                tree.links.new(from_socket, to_socket)


def _key(node: Any, made: Callable[[Any], str]) -> tuple[str, ...]:
    what = made(node)
    return (node.bl_idname, what) if what else (node.name,)
