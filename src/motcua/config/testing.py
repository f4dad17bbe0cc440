"""Loaded by pytest before Django (`-p motcua.config.testing`): a home of the run's own, fixed secrets, no
server yet.
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("MOTCUA_HOME", tempfile.mkdtemp(prefix="motcua-test-"))
os.environ.setdefault("MOTCUA_MODELS", str(Path(__file__).resolve().parents[3] / ".cache" / "understanding"))
os.environ.setdefault("MOTCUA_SECRET_KEY", "for-tests-only")
os.environ.setdefault("MOTCUA_DOCUMENTS_KEY", "for-tests-only-documents")
os.environ.setdefault("MOTCUA_PUSH_KEY", "for-tests-only-push")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@/not-yet")
os.environ.setdefault("MOTCUA_BURST_SECONDS", "0")
os.environ.setdefault("MOTCUA_DB_ROLE_PREFIX", "motcua_test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
