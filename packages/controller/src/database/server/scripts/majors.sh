# Data of other major versions in the volume: of before an upgrade, or of one that was not finished. A mark beside such data says which it is,
# so that it is known whatever becomes of the Database that it was made for. Data that nobody can explain is never started over.
# shellcheck shell=bash
own=$(basename "$(dirname "$PGDATA")")
read -ra replaced <<<"$REPLACED_MAJORS"

superseded() { [[ -e $VOLUME/$1/.superseded ]]; }
unfinished() { [[ -e $VOLUME/$1/.unfinished ]]; }

# The majors of other data in the volume.
other_majors() {
  local file major
  for file in "$VOLUME"/*/data/PG_VERSION; do
    [[ -e $file ]] || continue
    major=$(basename "$(dirname "$(dirname "$file")")")
    if [[ $major != "$own" ]]; then echo "$major"; fi
  done
}

# one_of MAJOR CANDIDATE...: whether a major is among those that the operator speaks of.
one_of() {
  local major=$1 candidate
  shift
  for candidate in "$@"; do if [[ $candidate == "$major" ]]; then return 0; fi; done
  return 1
}

# Before a start: whether the data of this image's major is the one to be started.
check_majors() {
  local major
  while read -r major; do
    superseded "$major" || unfinished "$major" || one_of "$major" "$UPGRADE_FROM" "$UPGRADE_TO" "$KEPT_MAJOR" "${replaced[@]}" ||
      fail "the volume holds data of PostgreSQL $major, not of the version of this image: use an image of that version"
  done < <(other_majors)
  if superseded "$own" && ! one_of "$own" "$UPGRADE_FROM" "$UPGRADE_TO" "$SERVED_MAJOR" && ((ordinal == 0)); then
    fail "the data of PostgreSQL $own in the volume was replaced by that of another version: use an image of that one ($(other_majors | tr '\n' ' '))"
  fi
  finished
  if unfinished "$own" && [[ $own != "$UPGRADE_TO" ]]; then
    fail "the data of PostgreSQL $own in the volume is of an upgrade that was not finished: use an image of the version before ($(other_majors | tr '\n' ' '))"
  fi
  # A standby first finds out whether this data still follows its primary.
  if ((ordinal == 0)); then no_longer_superseded; fi
  drop_unfinished_copy
}

# The server of before comes back: what did not become its successor is loaded from the start the next time, if there is one. It may be
# what fills the volume, and then this server would not start.
drop_unfinished_copy() {
  if [[ -n $UPGRADE_TO && $own == "$UPGRADE_FROM" ]] && unfinished "$UPGRADE_TO"; then
    say "removing the data of PostgreSQL $UPGRADE_TO: it was not finished"
    rm -rf "${VOLUME:?}/$UPGRADE_TO"
  fi
}

# What is or was the database is no longer unfinished.
finished() { if one_of "$own" "$SERVED_MAJOR" "$UPGRADE_FROM"; then rm -f "$VOLUME/$own/.unfinished"; fi; }

no_longer_superseded() { rm -f "$VOLUME/$own/.superseded"; }

# Whether an empty database may be made beside the data of another major.
may_initialise_beside() { [[ $UPGRADE_INITIALISES == yes && $own == "$UPGRADE_TO" && -s $VOLUME/$UPGRADE_FROM/data/PG_VERSION ]]; }

mark_unfinished() {
  mkdir -p "$VOLUME/$own"
  touch "$VOLUME/$own/.unfinished"
  echo "$UPGRADE_ID" >"$VOLUME/$own/.made-by"
}

# Whether the data of this image's major is what an earlier upgrade left behind. It could be somebody's only copy, so that all has to be said for it: the
# upgrade that is under way is to make this data, another one made it, it was never finished or the operator knows that it was gone back from,
# and no server has run with it since the data of before was sealed, which is what this upgrade carries over.
left_behind() {
  local made_by=$VOLUME/$own/.made-by seal=$VOLUME/.upgrade-$UPGRADE_ID/handover.sealed
  may_initialise_beside && [[ -s $made_by && $(<"$made_by") != "$UPGRADE_ID" ]] || return 1
  unfinished "$own" || one_of "$own" "${replaced[@]}" || return 1
  [[ -e $seal && $PGDATA/global/pg_control -ot $seal ]]
}

# Removes that. The folder keeps the name of who made it, so that a removal that was cut short is gone on with.
drop_left_behind() {
  left_behind || return 0
  say "removing the data of PostgreSQL $own: an earlier upgrade made it, and it is not the database any more"
  rm -rf "$PGDATA"
}

# While a server runs: marks, and what nobody needs any more. Removing takes as long as it takes.
tidy_majors() {
  local major
  finished
  while read -r major; do
    if one_of "$major" "${replaced[@]}"; then touch "$VOLUME/$major/.superseded"; fi
    if [[ $REMOVE_OLD == yes && $major != "$KEPT_MAJOR" ]] && { superseded "$major" || unfinished "$major"; }; then
      say "removing the data of PostgreSQL $major"
      mv "$VOLUME/$major" "$VOLUME/.removed-$major-$EPOCHSECONDS"
    fi
  done < <(other_majors)
  if [[ $REMOVE_OLD != yes ]]; then return; fi
  # That of the upgrade which is over goes now. The settings may be a minute old, and by then another one may have begun: what that wrote is left alone.
  if [[ -n $UPGRADE_ID ]]; then rm -rf "$VOLUME/.upgrade-$UPGRADE_ID"; fi
  find "$VOLUME" -maxdepth 1 -name '.upgrade-*' -mmin +10 -exec mv {} "$VOLUME/.removed-handover-$EPOCHSECONDS" \; -quit
  if compgen -G "$VOLUME/.removed-*" >/dev/null; then rm -rf "$VOLUME"/.removed-* >/dev/null 2>&1 & fi
}
