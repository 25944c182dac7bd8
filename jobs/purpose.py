# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image was made for, by names in the artist's file at the time."""

from __future__ import annotations

from dataclasses import dataclass

from .placement import Placement
from .targets import MaterialMap, MaterialSet, NewNode, Surfaces


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """Names at the click."""

    project: str = ""
    """The name of the .blend, without its folder; empty if it was never saved."""
    blender_project: str = ""
    """The name of Blender's own project (from 5.3 on); empty if none was open."""
    objects: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()

    @property
    def projects(self) -> tuple[str, ...]:
        """Both names, since images are found by either. The .blend's is listed even if empty."""
        return (self.project, self.blender_project) if self.blender_project else (self.project,)

    @property
    def placement(self) -> Placement:
        """Return what is left of a placement if nothing else is known."""
        return Placement(
            project=self.project,
            blender_project=self.blender_project,
            objects=self.objects,
            materials=self.materials,
        )


def purpose_of(placement: Placement) -> Purpose:
    """Return what a job's images were made for."""
    objects, materials = list(placement.objects), list(placement.materials)
    match placement.target:
        case Surfaces() as surfaces:
            objects += [target.object.name for target in surfaces.objects]
            materials += [node.tree.name for node in surfaces.nodes if not node.is_group]
        case NewNode(tree=tree, is_group=False):
            materials.append(tree.name)
        case MaterialSet(objects=targets, name=name):
            objects += [target.object.name for target in targets]
            materials.append(name)
        case MaterialMap(materials=maps):
            materials += [material.name for material in maps]
        case _:
            pass
    if placement.view is not None:
        objects.append(placement.view.object.name)
    return Purpose(
        project=placement.project,
        blender_project=placement.blender_project,
        objects=tuple(dict.fromkeys(objects)),
        materials=tuple(dict.fromkeys(materials)),
    )
